import {
  type Counters,
  enforcedMonthlyLimit,
  hourWindow,
  monthWindow,
  omitCounters,
  staleCounters,
} from '../../domain/limits.ts';
import type { KeyRecord } from '../../domain/record.ts';
import type { AddressTimes } from '../../domain/used-from.ts';
import type { Digest } from '../../domain/verifiers.ts';
import { addressTimesFrom, noteAddress } from './address-marks.ts';
import { countersFrom, type Item, LEASES, type StoredKey, toAttributes } from './item.ts';
import { COUNTS_ITSELF, updateExpression, updateKeyItem } from './key-update.ts';

export type Consumption =
  | {
      readonly kind: 'counted';
      readonly counters: Counters;
      /** The addresses of a key that counts on its successor's item. */
      readonly usedFrom?: AddressTimes;
    }
  /** The item of `keyId` refused, as `key` is now; undefined: there is no such key. */
  | { readonly kind: 'refused'; readonly keyId: string; readonly key: StoredKey | undefined };

/** What one validation takes. */
export interface Use {
  /** The requests that it counts: more than one if it grants a lease. */
  readonly requests: number;
  /** The stage's longest lease in milliseconds, with which the key is marked. */
  readonly leaseMs?: number | undefined;
  /** A digest under a newer pepper, to be stored as well. */
  readonly digest?: Digest | undefined;
}

/** The parts of an update expression and of its condition. */
interface UpdateParts {
  readonly sets: readonly string[];
  readonly adds: readonly string[];
  readonly conditions: readonly string[];
  readonly values: Item;
}

/**
 * Counts the requests of one validation against the hour, in a single conditional write. Its
 * condition is that the key is still at the version that was decided on and that no limit is
 * reached, so the decision holds at the instant of the write, however old the caller's copy is.
 * If an answer is lost and the SDK sends the write again, it may count twice, but never too little.
 * @param counters as last seen: the stale ones among them are removed
 * @throws Unavailable
 */
export function consume(
  record: KeyRecord,
  counters: Counters,
  now: Date,
  use: Use,
): Promise<Consumption> {
  return count(record.key_id, record, counters, now, use.requests, useOf(record, now, use));
}

/**
 * Does the same for a rotated key in its grace period, which shares its successor's counters. One
 * write to its own item checks the version, marks a lease and notes the address, and then one to the
 * successor's item counts. The first returns the whole item, because other processes note addresses.
 * @param counting the key whose item counts
 * @param clientIp the address that the key is used from
 * @throws Unavailable
 */
export async function consumeShared(
  { record, usedFrom }: Pick<StoredKey, 'record' | 'usedFrom'>,
  counting: Pick<StoredKey, 'record' | 'counters'>,
  clientIp: string,
  now: Date,
  use: Use,
): Promise<Consumption> {
  const { sets, adds, conditions, values } = useOf(record, now, use);
  const { sets: notes, removes, names } = noteAddress(usedFrom, clientIp);
  const update = {
    UpdateExpression: updateExpression({ SET: [...sets, ...notes], ADD: adds, REMOVE: removes }),
    ConditionExpression: conditions.join(' AND '),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
  const used = await updateKeyItem(record.key_id, update, undefined, 'ALL_NEW');
  if (used.kind === 'refused') return { ...used, keyId: record.key_id };
  const { key_id } = counting.record;
  const exists = ['attribute_exists(key_id)', COUNTS_ITSELF];
  const parts = { sets: [], adds: [], conditions: exists, values: {} };
  const counted = await count(key_id, record, counting.counters, now, use.requests, parts);
  return counted.kind === 'refused'
    ? counted
    : { ...counted, usedFrom: addressTimesFrom(used.attributes) };
}

/** Returns the changes that a use of a key makes to its own item, at the version decided on. */
function useOf({ version }: KeyRecord, now: Date, { leaseMs, digest }: Use): UpdateParts {
  return {
    sets: ['last_used_at = :now', ...(digest ? ['digest = :digest', 'pepper = :pepper'] : [])],
    adds: leaseMs === undefined ? [] : [`${LEASES.lengths} :lengths`, `${LEASES.granted} :one`],
    conditions: ['version = :version'],
    values: {
      ':now': { S: now.toISOString() },
      ':version': { N: String(version) },
      ...(leaseMs !== undefined && { ':lengths': { NS: [String(leaseMs)] }, ':one': { N: '1' } }),
      ...(digest && toAttributes({ ':digest': digest.digest, ':pepper': digest.pepper })),
    },
  };
}

/** Adds `requests` to the hour on the item of `keyId`, within the limits of `record`. */
async function count(
  keyId: string,
  record: KeyRecord,
  counters: Counters,
  now: Date,
  requests: number,
  parts: UpdateParts,
): Promise<Consumption> {
  const monthly = enforcedMonthlyLimit(record);
  const stale = staleCounters(counters, now);
  const conditions = [...parts.conditions, isBelow('#hour', ':limit')];
  const names: Record<string, string> = { '#hour': hourWindow(now).counter };
  const values: Item = {
    ...parts.values,
    ':requests': { N: String(requests) },
    // Below this there is room for all of the requests. An absent counter has room for a full hour.
    ':limit': { N: String(record.rate_limit_per_hour - requests + 1) },
  };
  if (monthly !== undefined) {
    conditions.push(isBelow('#month', ':monthly'));
    names['#month'] = monthWindow(now).counter;
    values[':monthly'] = { N: String(monthly) };
  }
  const outcome = await updateKeyItem(keyId, {
    UpdateExpression: updateExpression({
      SET: parts.sets,
      ADD: ['#hour :requests', ...parts.adds],
      REMOVE: stale,
    }),
    ConditionExpression: conditions.join(' AND '),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  });
  if (outcome.kind === 'refused') return { ...outcome, keyId };
  return {
    kind: 'counted',
    counters: { ...omitCounters(counters, stale), ...countersFrom(outcome.attributes) },
  };
}

/** Returns the condition that a counter is below a limit; an absent counter stands at zero. */
function isBelow(counter: string, limit: string): string {
  return `(attribute_not_exists(${counter}) OR ${counter} < ${limit})`;
}
