import { readKey } from '../aws/dynamodb/keys.ts';
import { readMonth } from '../aws/dynamodb/read-totals.ts';
import { type KeyRecord, mayStillReport } from '../domain/record.ts';
import { type MonthTotals, monthOf, overageCharges } from '../domain/usage-report.ts';

/** A key and what it owes for a month so far. */
export interface Bill {
  readonly record: KeyRecord;
  readonly usage: MonthTotals;
  /** In dollars. */
  readonly overage: number;
}

/**
 * Makes the bill of a key for the month of `now`. Keys that were rotated share their month's limit: what the
 * predecessors have used of it is not there for this key, and what they have used beyond it is on their bills.
 * @returns undefined for a key that does not exist
 * @throws Unavailable
 */
export async function billOf(keyId: string, now: Date): Promise<Bill | undefined> {
  const [key, usage] = await Promise.all([readKey(keyId), readMonth(keyId, monthOf(now))]);
  if (!key) return undefined;
  const { record } = key;
  const before = await usedByPredecessors(record, now);
  const charges = (predictions: number) =>
    overageCharges(predictions, record.monthly_prediction_limit);
  const overage = charges(before + usage.predictions) - charges(before);
  return { record, usage, overage: Number(overage.toFixed(3)) };
}

/** Adds up the month of the keys that this one descends from, as far back as they could still report in it. */
async function usedByPredecessors({ rotated_from }: KeyRecord, now: Date): Promise<number> {
  const monthStart = new Date(`${monthOf(now)}-01T00:00:00.000Z`);
  let predictions = 0;
  for (let keyId = rotated_from; keyId !== null; ) {
    const [key, usage] = await Promise.all([readKey(keyId), readMonth(keyId, monthOf(now))]);
    if (!key || !mayStillReport(key.record, monthStart)) break;
    predictions += usage.predictions;
    keyId = key.record.rotated_from;
  }
  return predictions;
}
