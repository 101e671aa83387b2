import type { StoredKey } from '../aws/dynamodb/item.ts';
import { countsItself } from '../aws/dynamodb/key-update.ts';
import { markLeasesEnded } from '../aws/dynamodb/mark-leases.ts';
import { addPredictions, type Counted, takeBack } from '../aws/dynamodb/month-counter.ts';
import { appendToLog, readLogEntry } from '../aws/dynamodb/usage-log.ts';
import { mayReport } from '../domain/key-state.ts';
import { longestLease } from '../domain/lease.ts';
import { enforcedMonthlyLimit, monthPredictions, remainingPredictions } from '../domain/limits.ts';
import type { Principal } from '../domain/principal.ts';
import { Unavailable } from '../domain/unavailable.ts';
import { isSameReport, type LogEntry } from '../domain/usage-report.ts';
import { type Changed, decideAgainIfChanged } from './decide-again.ts';
import { type CachedKey, cachedKey, cacheKey } from './key-cache.ts';
import { countingKey, loadKey } from './load-key.ts';
import { settle } from './settle.ts';

export type ReportOutcome =
  /** `remaining`: predictions left of the month; null: there is no limit, or it was not read. */
  | { readonly kind: 'counted'; readonly remaining: number | null }
  | {
      readonly kind:
        | 'key_not_found'
        | 'bad_key'
        | 'foreign_service'
        | 'over_limit'
        | 'idempotency_key_reused';
    };

/**
 * Counts a service's report, once per name of an entry, however often it is sent. It makes two
 * plain writes: the month's counter, on which limits are enforced, and then the log, which is
 * billed. A crash in between leaves the counter too high, never too low.
 * @throws Unavailable
 */
export function reportUsage(
  entry: LogEntry,
  principal: Principal,
  now: Date,
): Promise<ReportOutcome> {
  return decideAgainIfChanged((isRetry) => reportOnce(entry, principal, now, isRetry));
}

async function reportOnce(
  entry: LogEntry,
  principal: Principal,
  now: Date,
  isRetry: boolean,
): Promise<ReportOutcome | Changed> {
  const { key_id: keyId, charge, predictions_count: count } = entry;
  const isForeign = (serviceId: string) =>
    principal.kind === 'service' && principal.serviceId !== serviceId;
  if (isForeign(entry.service_id)) return { kind: 'foreign_service' };
  // The record of an administrator, or of anyone, only needs a key that exists: the write checks
  // it.
  const dependsOnKey = principal.kind === 'key' || principal.kind === 'service';
  const needsKey = charge === 'debit' || dependsOnKey || isRetry;
  const key = needsKey ? await currentKey(keyId, now) : undefined;
  if (needsKey && !key) return { kind: 'key_not_found' };
  // The service of a key never changes, so the cached record will do.
  if (key && isForeign(key.record.service_id)) return { kind: 'foreign_service' };
  if (key && principal.kind === 'key' && !mayReport(key.record, charge, now)) {
    return { kind: 'bad_key' };
  }
  // A debit asks whether to serve. What a service has served is recorded, whatever the key's state.
  const isServiceDebit = principal.kind === 'service' && charge === 'debit';
  if (key && isServiceDebit && !mayReport(key.record, charge, now)) {
    if (isRetry) return { kind: 'bad_key' };
    // The cached key may be out of date.
    await loadKey(keyId, now);
    return { kind: 'changed' };
  }
  const counting = key && (await countingKey(key, now));
  const countingId = counting?.record.key_id ?? keyId;
  // A debit of nothing exceeds no limit, even if records have exceeded it already.
  const limit =
    key && charge === 'debit' && count > 0 ? enforcedMonthlyLimit(key.record) : undefined;
  const version = counting === key ? key?.record.version : undefined;
  const counted = await addPredictions(countingId, { count, version, limit }, now);
  if (counted.kind === 'counted') {
    const settled = settleMonth(counted.key, now, performance.now());
    const outcome = await logCounted(entry, key, counted, now);
    await settled;
    return outcome;
  }
  const refusedAt = performance.now();
  const { key: current } = counted;
  cacheKey(countingId, current);
  if (!current) return { kind: 'key_not_found' };
  const isUnchanged =
    version === undefined ? countsItself(current) : version === current.record.version;
  if (!isUnchanged) return { kind: 'changed' };
  const [before] = await Promise.all([
    readLogEntry(keyId, entry.name),
    settleMonth(current, now, refusedAt),
  ]);
  if (!before) return { kind: 'over_limit' };
  return repeated(entry, before, key, monthPredictions(current.counters, now));
}

/**
 * Waits until every lease has ended if the month's limit is reached, so that no validation is
 * accepted after an answer that tells so. No lease is granted then, so later reports need not wait.
 */
async function settleMonth(key: StoredKey, now: Date, readAt: number): Promise<void> {
  const { record, counters, leases } = key;
  const limit = enforcedMonthlyLimit(record) ?? Infinity;
  if (monthPredictions(counters, now) < limit || leases.ended === leases.granted) return;
  await settle(readAt, longestLease(leases));
  await markLeasesEnded(record.key_id, leases.granted);
}

/** Adds a counted report to the log, and takes the count back if it does not become an entry. */
async function logCounted(
  entry: LogEntry,
  key: CachedKey | undefined,
  { key: counting, predictions }: Counted,
  now: Date,
): Promise<ReportOutcome> {
  const { predictions_count: count } = entry;
  const undo = async () =>
    count > 0 ? takeBack(counting.record.key_id, count, predictions, now) : predictions;
  const logged = await appendToLog(entry).catch(async (error: unknown) => {
    // Otherwise the counter would rise each time the caller sends the report again.
    if (error instanceof Unavailable && error.refused) await undo();
    throw error;
  });
  return logged.kind === 'appended'
    ? accepted(key, predictions)
    : repeated(entry, logged.before, key, await undo());
}

/**
 * Returns the key for a decision. The cached one will do if the key's own item counts, because the
 * write checks its version. A rotated key counts on another item, so it is read again.
 */
async function currentKey(keyId: string, now: Date): Promise<CachedKey | undefined> {
  const cached = cachedKey(keyId);
  return cached?.record.rotated_to === null ? cached : loadKey(keyId, now);
}

function accepted(key: CachedKey | undefined, predictions: number): ReportOutcome {
  return { kind: 'counted', remaining: key ? remainingPredictions(key.record, predictions) : null };
}

/** Answers a report that was logged before: it stays counted, whatever has changed since. */
function repeated(
  entry: LogEntry,
  before: LogEntry,
  key: CachedKey | undefined,
  predictions: number,
): ReportOutcome {
  return isSameReport(entry, before)
    ? accepted(key, predictions)
    : { kind: 'idempotency_key_reused' };
}
