import { deepStrictEqual, ok } from 'node:assert';
import { createStreamReader } from '../../../infra/local/stream.ts';
import { readLog } from '../../../lib/aws/dynamodb/usage-log.ts';
import type { ApiKey } from '../../../lib/domain/key.ts';
import { monthOf } from '../../../lib/domain/time.ts';
import type { LogEntry } from '../../../lib/domain/usage-report.ts';
import { compareTotals } from '../../support/usage-log.ts';
import { tablesOf } from '../tables.ts';

/** Throws unless every accepted report is in the log and in the totals exactly once. */
export async function requireEveryReport(
  size: number,
  warmUpKey: ApiKey,
  reported: readonly ApiKey[],
  accepted: number,
  failed: number,
): Promise<void> {
  Object.assign(process.env, tablesOf(size));
  // The module reads the variables when it is loaded.
  const { handler } = await import('../../../functions/count-usage.ts');
  const stream = createStreamReader(handler);
  while ((await stream.poll()) > 0);
  stream.stop();
  const entries = await readEntries(reported);
  // The totals include the reports of the warm-up, so the entries must include them too.
  const { expected, actual } = await compareTotals([
    ...entries,
    ...(await readEntries([warmUpKey])),
  ]);
  deepStrictEqual(actual, expected);
  // A report that was answered 503 may have been logged nevertheless.
  ok(
    accepted <= entries.length && entries.length <= accepted + failed,
    `${entries.length} log entries for ${accepted} accepted and ${failed} failed reports`,
  );
}

async function readEntries(keys: readonly ApiKey[]): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  for (const key of keys) {
    for await (const entry of readLog(key.keyId, monthOf(new Date()))) entries.push(entry);
  }
  return entries;
}
