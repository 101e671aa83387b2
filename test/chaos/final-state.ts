import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { inParallel } from '../../infra/in-parallel.ts';
import { LOG_PREFIX } from '../../lib/aws/dynamodb/usage-items.ts';
import { requireEnv, VARIABLES } from '../../lib/environment.ts';
import type { TableVariable } from '../../lib/tables.ts';
import { grouped } from '../support/grouped.ts';
import { until } from '../support/until.ts';
import { messagesOf } from './answers.ts';
import { call } from './client.ts';
import type { History, StoredKey, StoredReport, TrailEntry } from './history.ts';

/** The time in which the totals must have caught up with the log. */
const COUNTED_MS = 60_000;
const PARALLEL = 8;

/**
 * Reads what the tables hold, and each key's trail and statistics as administrators see them. Waits
 * until the statistics have caught up with the log.
 * @param url of the service, all faults being over
 * @param endpoint of the database itself
 */
export async function readFinalState(
  url: string,
  adminToken: string,
  endpoint: string,
): Promise<Pick<History, 'keys' | 'log' | 'auditedKeys'>> {
  const client = new DynamoDBClient({ endpoint });
  const items = await scan(client, VARIABLES.keysTable);
  const audit = await scan(client, VARIABLES.auditTable);
  const usage = await scan(client, VARIABLES.usageTable);
  client.destroy();
  const log = usage
    .filter(({ pk }) => String(pk).startsWith(LOG_PREFIX))
    .map(
      ({ pk, endpoint: name, predictions_count }): StoredReport => ({
        keyId: String(pk).slice(LOG_PREFIX.length),
        endpoint: String(name),
        predictions: Number(predictions_count),
      }),
    );
  const logged = grouped(log, ({ keyId }) => keyId);
  const endsAt = Date.now() + COUNTED_MS;

  async function readKey(item: Record<string, unknown>): Promise<StoredKey> {
    const keyId = String(item.key_id);
    const get = async (path: string) =>
      (await call(`${url}/api/v1/${path}`, 'GET', adminToken)).body;
    const trail = await get(`keys/${keyId}/audit?limit=1000`);
    let totals: StoredKey['totals'] = { requests: 0, predictions: 0 };
    await until(async () => {
      const stats = await get(`usage/${keyId}/stats`);
      totals = { requests: stats.total_requests, predictions: stats.total_predictions };
      return totals.requests === (logged.get(keyId)?.length ?? 0) || Date.now() > endsAt;
    });
    return {
      keyId,
      item,
      trail: trail.entries.toReversed().map(toTrailEntry),
      findings: messagesOf({ status: 200, body: trail }),
      totals,
    };
  }

  const keys: StoredKey[] = [];
  await inParallel(PARALLEL, items, async (item) => {
    keys.push(await readKey(item));
  });
  return { keys, log, auditedKeys: audit.map(({ key_id }) => String(key_id)) };
}

function toTrailEntry({ seal, ...entry }: TrailEntry & { seal: string }): TrailEntry {
  return { ...entry, isSealed: seal === 'valid' };
}

async function scan(client: DynamoDBClient, table: TableVariable) {
  const items: Record<string, unknown>[] = [];
  for await (const { Items = [] } of paginateScan({ client }, { TableName: requireEnv(table) })) {
    items.push(...Items.map((item) => unmarshall(item)));
  }
  return items;
}
