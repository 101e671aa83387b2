import {
  type Counters,
  enforcedMonthlyLimit,
  hourWindow,
  monthWindow,
  staleCounters,
} from '../../domain/limits.ts';
import type { KeyRecord } from '../../domain/record.ts';
import type { Verifiers } from '../../domain/verifiers.ts';
import { below, COUNTS_ITSELF, updateKeyItem } from './counting.ts';
import { countersFrom, type Item, type StoredKey, toAttributes } from './item.ts';

/** Counted, or refused by the item of `keyId`, as it is now; no key at all means it is gone. */
export type Consumption =
  | { readonly kind: 'counted'; readonly counters: Counters }
  | { readonly kind: 'refused'; readonly keyId: string; readonly key: StoredKey | undefined };

type Digest = Pick<Verifiers, 'digest' | 'pepper'>;

/** The parts of an update expression and of its condition. */
interface UpdateParts {
  readonly sets: readonly string[];
  readonly conditions: readonly string[];
  readonly values: Item;
}

/**
 * Counts one validation against the hour, in a single conditional write. The condition is that the
 * record is still the version that was decided on and that no limit has been reached, so the store
 * proves the decision at the instant it takes effect, however old the caller's copy is.
 * When an answer is lost and the SDK sends it again it may count twice: rather one too many than one too few.
 * @param counters as last seen: those that are past are removed on the way
 * @param digest a verifier under a newer pepper, to be stored along
 * @throws Unavailable
 */
export function consume(
  record: KeyRecord,
  counters: Counters,
  now: Date,
  digest?: Digest,
): Promise<Consumption> {
  return count(record.key_id, record, counters, now, useOf(record, now, digest));
}

/**
 * Does the same for a rotated key in its grace period, which shares its successor's counters: one write to
 * its own item, which proves the decision, and one to the successor's, which counts. A key that is
 * refused by the first does not count.
 * @param counting the key whose item counts
 * @throws Unavailable
 */
export async function consumeShared(
  record: KeyRecord,
  counting: Pick<StoredKey, 'record' | 'counters'>,
  now: Date,
  digest?: Digest,
): Promise<Consumption> {
  const { sets, conditions, values } = useOf(record, now, digest);
  const used = await updateKeyItem(record.key_id, {
    UpdateExpression: `SET ${sets.join(', ')}`,
    ConditionExpression: conditions.join(' AND '),
    ExpressionAttributeValues: values,
  });
  if (used.kind === 'refused') return { ...used, keyId: record.key_id };
  const { key_id } = counting.record;
  const parts = { sets: [], conditions: ['attribute_exists(key_id)', COUNTS_ITSELF], values: {} };
  return count(key_id, record, counting.counters, now, parts);
}

/** What the use of a key changes on its own item, while it is the version that was decided on. */
function useOf({ version }: KeyRecord, now: Date, digest: Digest | undefined): UpdateParts {
  return {
    sets: ['last_used_at = :now', ...(digest ? ['digest = :digest', 'pepper = :pepper'] : [])],
    conditions: ['version = :version'],
    values: {
      ':now': { S: now.toISOString() },
      ':version': { N: String(version) },
      ...(digest && toAttributes({ ':digest': digest.digest, ':pepper': digest.pepper })),
    },
  };
}

/** Adds 1 to the hour on the item of `keyId`, within the limits of `record`. */
async function count(
  keyId: string,
  record: KeyRecord,
  counters: Counters,
  now: Date,
  parts: UpdateParts,
): Promise<Consumption> {
  const monthly = enforcedMonthlyLimit(record);
  const stale = staleCounters(counters, now);
  const sets = parts.sets.length > 0 ? `SET ${parts.sets.join(', ')} ` : '';
  const removal = stale.length > 0 ? ` REMOVE ${stale.join(', ')}` : '';
  const conditions = [...parts.conditions, below('#hour', ':limit')];
  const names: Record<string, string> = { '#hour': hourWindow(now).counter };
  const values: Item = {
    ...parts.values,
    ':one': { N: '1' },
    ':limit': { N: String(record.rate_limit_per_hour) },
  };
  if (monthly !== undefined) {
    conditions.push(below('#month', ':monthly'));
    names['#month'] = monthWindow(now).counter;
    values[':monthly'] = { N: String(monthly) };
  }
  const outcome = await updateKeyItem(keyId, {
    UpdateExpression: `${sets}ADD #hour :one${removal}`,
    ConditionExpression: conditions.join(' AND '),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  });
  if (outcome.kind === 'refused') return { ...outcome, keyId };
  const kept = Object.entries(counters).filter(([name]) => !stale.includes(name));
  return {
    kind: 'counted',
    counters: { ...Object.fromEntries(kept), ...countersFrom(outcome.changed) },
  };
}
