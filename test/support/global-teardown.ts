import { readFileSync, rmSync } from 'node:fs';
import {
  type AttributeValue,
  DynamoDBClient,
  paginateListTables,
  paginateScan,
} from '@aws-sdk/client-dynamodb';
import { CAPTURE_DIR, captureFile } from './capture-dir.ts';
import { findLeaks } from './leaks.ts';

/**
 * The last test: after everything the suite did, no full key, no secret part of one and no admin
 * token stands in a log line, an answer that may not show it, or a table item; nor a hash in the first two.
 */
export default async function teardown(): Promise<void> {
  const issued = [...new Set(linesOf('issued'))];
  const lines = linesOf('output');
  const items = await everyItem();
  const leaks = findLeaks({ issued, lines, items });
  await Promise.all(globalThis.endpoints.map((endpoint) => endpoint.stop()));
  rmSync(process.env[CAPTURE_DIR] ?? '', { recursive: true });
  const searched = `${issued.length} keys and tokens in ${lines.length} lines and ${items.length} items`;
  if (leaks.length > 0) {
    console.error(`LEAKED, of ${searched}:\n${leaks.slice(0, 5).join('\n')}`);
    process.exit(1);
  }
  console.log(`Looked for ${searched}: none leaked.`);
}

function linesOf(name: 'issued' | 'output'): string[] {
  return readFileSync(captureFile(name), 'utf8').split('\n').filter(Boolean);
}

async function everyItem(): Promise<Record<string, AttributeValue>[]> {
  const client = new DynamoDBClient();
  const items: Record<string, AttributeValue>[] = [];
  for await (const { TableNames = [] } of paginateListTables({ client }, {})) {
    for (const TableName of TableNames) {
      for await (const { Items = [] } of paginateScan({ client }, { TableName })) {
        items.push(...Items);
      }
    }
  }
  return items;
}
