import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { completeCapture } from './captured.ts';
import { connectedDatabase } from './dependencies.ts';
import { findLeaks } from './leaks.ts';
import { isOwn } from './own-names.ts';

const MOST_SHOWN = 10;

/**
 * Searches everything that the test file has logged, answered and stored, and deletes its tables.
 * @throws Error that names the place of each full key, secret part of a key and admin token, and of
 *   each hash outside the tables
 */
export async function searchForLeaks(): Promise<void> {
  const { issued, output } = completeCapture();
  const leaks: string[] = [];
  const note = (place: string, texts: string[]) =>
    leaks.push(...texts.map((text) => `${place}: ${text}`));
  for (const [place, texts] of output) {
    note(place, findLeaks({ issued, lines: texts, items: [] }));
  }
  const database = connectedDatabase();
  if (database) {
    for (const [table, items] of await takeTables(database)) {
      note(`item of ${table}`, findLeaks({ issued, lines: [], items }));
    }
  }
  if (leaks.length === 0) return;
  throw new Error(
    `${leaks.length} texts leak a secret:\n\n${leaks.slice(0, MOST_SHOWN).join('\n')}`,
  );
}

/** Reads the tables of this file and deletes them, because the database may outlive the run. */
async function takeTables(endpoint: string): Promise<[string, Record<string, AttributeValue>[]][]> {
  // Loads the SDK here, because tests without a database should not wait for it.
  const sdk = await import('@aws-sdk/client-dynamodb');
  const client = new sdk.DynamoDBClient({ endpoint });
  const names: string[] = [];
  for await (const { TableNames = [] } of sdk.paginateListTables({ client }, {})) {
    names.push(...TableNames.filter(isOwn));
  }
  const tables = names.map(
    async (TableName): Promise<[string, Record<string, AttributeValue>[]]> => {
      const items: Record<string, AttributeValue>[] = [];
      for await (const { Items = [] } of sdk.paginateScan({ client }, { TableName })) {
        items.push(...Items);
      }
      await client.send(new sdk.DeleteTableCommand({ TableName }));
      return [TableName, items];
    },
  );
  const read = await Promise.all(tables);
  client.destroy();
  return read;
}
