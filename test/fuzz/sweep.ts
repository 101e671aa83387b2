import {
  type AttributeValue,
  BatchWriteItemCommand,
  DynamoDBClient,
  paginateScan,
} from '@aws-sdk/client-dynamodb';
import { requireEnv, VARIABLES } from '../../lib/environment.ts';
import { tables } from '../../lib/tables.ts';
import { findLeaks } from '../support/leaks.ts';
import type { Target } from './target.ts';

/** DynamoDB's limit for a batch of writes. */
const BATCH = 25;

/**
 * Searches all tables for secrets and for keys that no answer acknowledged, and empties those of
 * keys, usage and audit entries, so that a later request takes no longer than an earlier one.
 * @returns what was found
 */
export async function sweep(target: Target): Promise<string[]> {
  const { issued, tokens, unanswered } = target;
  const client = new DynamoDBClient();
  const found: string[] = [];
  const secrets = [...issued.values(), ...Object.values(tokens)];
  for (const { variable, partitionKey, sortKey } of tables) {
    const TableName = requireEnv(variable);
    const items: Record<string, AttributeValue>[] = [];
    for await (const { Items = [] } of paginateScan({ client }, { TableName }))
      items.push(...Items);
    const leaks = findLeaks({ issued: secrets, lines: [], items });
    found.push(...leaks.map((leak) => `an item of ${TableName} has a secret: ${leak}`));
    if (variable === VARIABLES.keysTable) {
      const ids = items.map(({ key_id }) => key_id?.S ?? '');
      const unknown = ids.filter((id) => !issued.has(id));
      if (unknown.length > unanswered) {
        found.push(
          `${unknown.length} keys were not acknowledged, of ${unanswered} requests without an answer`,
        );
      }
    }
    // The last check of all keys stays, so that lists can be filtered by its findings.
    if (variable === VARIABLES.securityTable) continue;
    const names = [partitionKey, sortKey ?? partitionKey];
    while (items.length > 0) {
      const requests = items.splice(0, BATCH).map((item) => ({
        DeleteRequest: {
          Key: Object.fromEntries(names.map((name) => [name, item[name] as AttributeValue])),
        },
      }));
      await client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: requests } }));
    }
  }
  client.destroy();
  issued.clear();
  target.unanswered = 0;
  return found;
}
