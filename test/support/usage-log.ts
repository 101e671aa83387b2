import { randomUUID } from 'node:crypto';
import { marshall } from '@aws-sdk/util-dynamodb';
import { readDays, readMonth } from '../../lib/aws/dynamodb/read-totals.ts';
import type { LogEntry } from '../../lib/domain/usage-report.ts';
import { type Totals, toThousandths } from '../../lib/domain/usage-totals.ts';
import { grouped } from './grouped.ts';

/** Returns a change of the usage table, as Lambda receives it from the stream. */
export function streamRecord(sequence: number, entry: LogEntry, changes: object = {}) {
  const { key_id, name, ...fields } = entry;
  const keys = { pk: `log#${key_id}`, sk: name };
  return {
    eventID: randomUUID(),
    eventName: 'INSERT',
    dynamodb: {
      Keys: marshall(keys),
      NewImage: marshall({ ...keys, ...fields, ...changes }),
      SequenceNumber: String(sequence),
    },
  };
}

/** Returns the totals that the entries should have, by a plain count, and those that are stored. */
export async function compareTotals(entries: readonly LogEntry[]) {
  const months = grouped(entries, ({ key_id, at }) => `${key_id} ${at.slice(0, 7)}`);
  const days = grouped(entries, ({ service_id, at }) => `${service_id} ${at.slice(0, 10)}`);
  const expected: Record<string, unknown> = {};
  const actual: Record<string, unknown> = {};
  const compareMonth = async ([name, own]: [string, LogEntry[]]) => {
    const [keyId = '', month = ''] = name.split(' ');
    const endpoints = grouped(own, ({ endpoint }) => endpoint);
    expected[name] = {
      ...totalsOf(own),
      errors: own.filter(({ status_code }) => status_code >= 400).length,
      endpoints: Object.fromEntries(
        [...endpoints].map(([endpoint, { length }]) => [endpoint, length]),
      ),
    };
    const { endpoints: counts, as_of: _, ...totals } = await readMonth(keyId, month);
    actual[name] = {
      ...totals,
      endpoints: Object.fromEntries(counts.map(({ endpoint, count }) => [endpoint, count])),
    };
  };
  const compareDay = async ([name, own]: [string, LogEntry[]]) => {
    const [service = '', day = ''] = name.split(' ');
    expected[name] = totalsOf(own);
    actual[name] = (await readDays(service, day, day)).days.get(day);
  };
  // One after another: hundreds of reads at once may each wait longer than a read may last.
  for (const month of months) await compareMonth(month);
  for (const day of days) await compareDay(day);
  return { expected, actual };
}

function totalsOf(entries: readonly LogEntry[]): Totals {
  const sum = (of: (entry: LogEntry) => number) =>
    toThousandths(entries.reduce((total, entry) => total + of(entry), 0));
  return {
    requests: entries.length,
    predictions: sum(({ predictions_count }) => predictions_count),
    compute_ms: sum(({ compute_ms }) => compute_ms),
    response_time_ms: sum(({ response_time_ms }) => response_time_ms),
  };
}
