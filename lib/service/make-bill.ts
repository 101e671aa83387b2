import { readKey } from '../aws/dynamodb/keys.ts';
import { readMonth } from '../aws/dynamodb/read-totals.ts';
import { mayStillRecord } from '../domain/key-state.ts';
import type { KeyRecord } from '../domain/record.ts';
import { monthOf, startOfMonth } from '../domain/time.ts';
import { type MonthTotals, overageCharges } from '../domain/usage-totals.ts';

/** A key, its usage in the current month, and the price of what is over its limit. */
export interface Bill {
  readonly kind: 'billed';
  readonly record: KeyRecord;
  readonly usage: MonthTotals;
  /** In dollars. */
  readonly overage: number;
}

/**
 * Makes the bill of a key for the month of `now`. Rotated keys share their month's limit: usage of
 * the predecessors leaves less of it to this key, and their own overage is on their own bills.
 * @throws Unavailable
 */
export async function makeBill(
  keyId: string,
  now: Date,
): Promise<Bill | { readonly kind: 'not_found' }> {
  const [key, usage] = await Promise.all([readKey(keyId), readMonth(keyId, monthOf(now))]);
  if (!key) return { kind: 'not_found' };
  const { record } = key;
  const before = await usedByPredecessors(record, now);
  const charges = (predictions: number) =>
    overageCharges(predictions, record.monthly_prediction_limit);
  const overage = charges(before + usage.predictions) - charges(before);
  return { kind: 'billed', record, usage, overage: Number(overage.toFixed(3)) };
}

/** Adds up the predecessors' usage in the month, up to a key that could not report in it. */
async function usedByPredecessors({ rotated_from }: KeyRecord, now: Date): Promise<number> {
  const month = monthOf(now);
  let predictions = 0;
  for (let keyId = rotated_from; keyId !== null; ) {
    const [key, usage] = await Promise.all([readKey(keyId), readMonth(keyId, month)]);
    if (!key || !mayStillRecord(key.record, startOfMonth(month))) break;
    predictions += usage.predictions;
    keyId = key.record.rotated_from;
  }
  return predictions;
}
