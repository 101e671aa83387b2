import { isDeepStrictEqual } from 'node:util';
import { BatchGetItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { fromItem } from '../../lib/aws/dynamodb/item.ts';
import type { KeyRecord } from '../../lib/domain/record.ts';
import { requireEnv, VARIABLES } from '../../lib/environment.ts';
import { Finding } from './finding.ts';

/** The settings of a key, which change only by what is acknowledged. */
const SETTINGS = [
  ...['name', 'user_id', 'service_id', 'environment', 'scopes', 'rate_limit_per_hour'],
  ...['monthly_prediction_limit', 'overage_allowed', 'billing_plan', 'use_case', 'allowed_ips'],
  ...['rotated_from', 'rotated_to'],
] as const;

type Info = Readonly<Record<string, unknown>>;

interface Expected {
  info: Info;
  /** The changes that must have raised the version, and those that may not have. */
  changes: number;
  revocations: number;
}

/** What the keys of a sequence must be like, as the answers have acknowledged. */
export class Model {
  private readonly keys = new Map<string, Expected>();

  /** Notes what an answer of the status 200 or 201 has acknowledged. */
  note(operation: string, path: string, body: Record<string, unknown>): void {
    const [keyId = ''] = /[0-9a-f-]{36}/i.exec(path)?.map((id) => id.toLowerCase()) ?? [];
    const key = this.keys.get(keyId);
    if (operation === 'DELETE /api/v1/keys/{key_id}' && key) key.revocations++;
    if (operation === 'PATCH /api/v1/keys/{key_id}' && key) {
      key.info = body;
      key.changes++;
    }
    if (typeof body.api_key !== 'string') return;
    const info = body.key_info as Info;
    this.keys.set(String(body.key_id), { info, changes: 0, revocations: 0 });
    if (!key) return;
    key.info = { ...key.info, rotated_to: body.key_id };
    key.changes++;
  }

  /** @throws Finding if a stored key is not as acknowledged */
  async check(): Promise<void> {
    const records = await readRecords([...this.keys.keys()]);
    for (const [keyId, { info, changes, revocations }] of this.keys) {
      const record = records.get(keyId);
      if (!record) throw new Finding(`the key ${keyId} was acknowledged and is not stored`);
      const wrong = SETTINGS.find((name) => !isDeepStrictEqual(record[name], info[name]));
      if (wrong) {
        throw new Finding(
          `${wrong} of ${keyId} is stored as ${JSON.stringify(record[wrong])} and was acknowledged as ${JSON.stringify(info[wrong])}`,
        );
      }
      const least = 1 + changes;
      if (record.version < least || record.version > least + Math.min(1, revocations)) {
        throw new Finding(`${keyId} has version ${record.version} after ${changes} changes`);
      }
      if (revocations > 0 && record.revoked_at === null) {
        throw new Finding(`${keyId} is not revoked although its revocation was acknowledged`);
      }
    }
  }
}

let client: DynamoDBClient | undefined;

async function readRecords(keyIds: readonly string[]): Promise<Map<string, KeyRecord>> {
  client ??= new DynamoDBClient();
  const table = requireEnv(VARIABLES.keysTable);
  const Keys = keyIds.map((id) => ({ key_id: { S: id } }));
  const { Responses = {} } = await client.send(
    new BatchGetItemCommand({ RequestItems: { [table]: { Keys, ConsistentRead: true } } }),
  );
  return new Map(
    (Responses[table] ?? []).map((item) => {
      const { record } = fromItem(item);
      return [record.key_id, record];
    }),
  );
}
