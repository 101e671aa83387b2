import { LRUCache } from 'lru-cache';
import { endpointMark, writeUsage } from './aws/usage.ts';
import { type ApiKey, hasValidChecksum, keyIdOf } from './domain/key.ts';
import { enforcedMonthlyLimit, remainingPredictions } from './domain/limits.ts';
import { isInUse } from './domain/record.ts';
import { Unavailable } from './domain/unavailable.ts';
import { fingerprint, monthOf, OTHER_ENDPOINTS, type Usage } from './domain/usage.ts';
import { loadKey, recallKey, rememberKey } from './known-keys.ts';
import { logger } from './log.ts';
import { proves } from './proof.ts';

/** A round fails when the key's configuration changed within it, or its month has named all the endpoints it may. */
const ROUNDS = 5;

/** The marks of the endpoints of months that have named as many as they may: some 10 KB each. */
const fullMonths = new LRUCache<string, ReadonlySet<string>>({ max: 1_000 });

export interface Report {
  readonly keyId: string;
  readonly usage: Usage;
  /** A record is counted in any case, a debit only within the monthly limit. */
  readonly charge: 'record' | 'debit';
  readonly idempotencyKey: string | undefined;
  /** The key that the caller authenticated with; undefined: it needed none. */
  readonly key: ApiKey | undefined;
}

export type ReportOutcome = 'counted' | 'key_not_found' | 'bad_key' | 'over_limit' | 'key_reused';

/**
 * Counts what a service reports: once for each idempotency key, however often it is sent. One request to
 * DynamoDB, unless something in the way was not known.
 * @throws Unavailable
 */
export async function reportUsage(report: Report, now: Date): Promise<ReportOutcome> {
  const { keyId, usage, charge, idempotencyKey, key } = report;
  // Without either, all that must be known of the key is that there is one, which the store checks.
  const needsKey = charge === 'debit' || key !== undefined;
  const month = `${keyId} ${monthOf(now)}`;
  for (let round = 0; round < ROUNDS; round++) {
    const known = needsKey ? (recallKey(keyId) ?? (await loadKey(keyId))) : undefined;
    if (needsKey && !known) return 'key_not_found';
    if (key && known && !isInUse(known.record, now)) return 'bad_key';
    // A debit of nothing passes no limit, not even one that a record has passed.
    const charged = charge === 'debit' && usage.predictions_count > 0;
    const limit = charged && known ? enforcedMonthlyLimit(known.record) : undefined;
    const named = fullMonths.get(month);
    const outcome = await writeUsage(
      {
        keyId,
        usage,
        endpoint:
          !named || named.has(endpointMark(usage.endpoint)) ? usage.endpoint : OTHER_ENDPOINTS,
        version: known?.record.version,
        limit,
        idempotency:
          idempotencyKey === undefined
            ? undefined
            : { key: idempotencyKey, fingerprint: fingerprint(charge, usage) },
      },
      now,
    );
    if (outcome.kind === 'endpoints') {
      fullMonths.set(month, outcome.endpoints);
      continue;
    }
    const changed = outcome.key && outcome.key.record.version !== known?.record.version;
    if (changed) rememberKey(keyId, outcome.key);
    if (key && outcome.key && !isInUse(outcome.key.record, now)) return 'bad_key';
    if (outcome.kind === 'counted') return 'counted';
    if (outcome.kind === 'reused') return 'key_reused';
    if (!outcome.key) return 'key_not_found';
    if (!changed) return 'over_limit';
  }
  throw new Unavailable('the key kept changing');
}

/**
 * True for a key that may be used now, wherever from and for whatever: who reports its usage is the service
 * that it was presented to.
 * @throws Unavailable
 */
export async function isUsableKey(key: ApiKey, now: Date): Promise<boolean> {
  if (!hasValidChecksum(key)) return false;
  const keyId = keyIdOf(key);
  const remembered = recallKey(keyId);
  const known = remembered ?? (await loadKey(keyId));
  if (!known || !(await proves(key, keyId, known.verifiers, now))) return false;
  if (isInUse(known.record, now)) return true;
  // It may have been changed since: read it again before saying no.
  const current = remembered && (await loadKey(keyId));
  return current !== undefined && isInUse(current.record, now);
}

/**
 * How many predictions the month has left after a debit of `debited`; null: there is no limit. The debit
 * stands, so when the key can't be read what is remembered of it must do.
 */
export async function remainingAfter(
  keyId: string,
  debited: number,
  now: Date,
): Promise<number | null> {
  const before = recallKey(keyId);
  const key = await loadKey(keyId).catch((error: unknown) => {
    logger.warn('remaining predictions are from memory', { error: error as Error });
    return undefined;
  });
  if (key) return remainingPredictions(key.record, key.counters, now);
  const left = before ? remainingPredictions(before.record, before.counters, now) : null;
  return left === null ? null : Math.max(0, left - debited);
}
