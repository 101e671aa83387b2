import { addPredictions, countsItself, takeBack } from '../aws/dynamodb/counting.ts';
import { appendToLog, readLogEntry } from '../aws/dynamodb/usage-log.ts';
import { type ApiKey, hasValidChecksum, keyIdOf } from '../domain/key.ts';
import { enforcedMonthlyLimit, monthPredictions, remainingPredictions } from '../domain/limits.ts';
import { isInUse, type KeyRecord, mayStillReport } from '../domain/record.ts';
import { Unavailable } from '../domain/unavailable.ts';
import { type Charge, isSameReport, type LogEntry } from '../domain/usage-report.ts';
import { countingKey, type KnownKey, loadKey, recallKey, rememberKey } from './key-cache.ts';
import { proves } from './verify-secret.ts';

/** A round fails only when the key's configuration changed within it. */
const ROUNDS = 5;

export interface Report {
  readonly entry: LogEntry;
  /** The key that the caller authenticated with; undefined: it needed none. */
  readonly key: ApiKey | undefined;
}

export type ReportOutcome =
  /** `remaining` predictions of the month; null where there is no limit, or where none was asked for. */
  | { readonly kind: 'counted'; readonly remaining: number | null }
  | { readonly kind: 'key_not_found' | 'bad_key' | 'over_limit' | 'key_reused' };

/**
 * Counts what a service reports: once for each name of an entry, however often it is sent. Two plain writes:
 * the month's counter, which is what limits look at, then the log, which is what is billed. A crash in
 * between leaves the counter too high, never too low.
 * @throws Unavailable
 */
export async function reportUsage({ entry, key }: Report, now: Date): Promise<ReportOutcome> {
  const { key_id: keyId, charge, predictions_count: count } = entry;
  for (let round = 0; round < ROUNDS; round++) {
    // A record by somebody who needs no key has to know only that there is one, which the store checks.
    const needsKey = charge === 'debit' || key !== undefined || round > 0;
    const known = needsKey ? await currentKey(keyId, now) : undefined;
    if (needsKey && !known) return { kind: 'key_not_found' };
    if (known && key && !mayReport(known.record, charge, now)) return { kind: 'bad_key' };
    const counting = known && (await countingKey(known, now));
    const countingId = counting?.record.key_id ?? keyId;
    // A debit of nothing passes no limit, not even one that a record has passed.
    const limit =
      known && charge === 'debit' && count > 0 ? enforcedMonthlyLimit(known.record) : undefined;
    const version = counting === known ? known?.record.version : undefined;
    const counted = await addPredictions(countingId, { count, version, limit }, now);
    if (counted.kind === 'counted') {
      return logCounted(entry, known, { keyId: countingId, predictions: counted.predictions }, now);
    }
    const { key: current } = counted;
    rememberKey(countingId, current);
    if (!current) return { kind: 'key_not_found' };
    const decides =
      version === undefined ? countsItself(current) : version === current.record.version;
    if (limit !== undefined && decides) {
      const before = await readLogEntry(keyId, entry.name);
      if (!before) return { kind: 'over_limit' };
      return repeated(entry, before, known, monthPredictions(current.counters, now));
    }
  }
  throw new Unavailable('the key kept changing');
}

/** Where a report was counted, and the month's predictions after it. */
interface Counted {
  readonly keyId: string;
  readonly predictions: number;
}

/** Adds a counted report to the log, and takes back what was counted when it does not become an entry of it. */
async function logCounted(
  entry: LogEntry,
  known: KnownKey | undefined,
  counted: Counted,
  now: Date,
): Promise<ReportOutcome> {
  const undo = async () => {
    const { predictions_count: count } = entry;
    const { keyId, predictions } = counted;
    return count > 0 ? takeBack(keyId, count, predictions, now) : predictions;
  };
  const logged = await appendToLog(entry).catch(async (error: unknown) => {
    // Whoever sends it again counts again, once for each time.
    if (error instanceof Unavailable && error.refused) await undo();
    throw error;
  });
  if (logged.kind === 'appended') return accepted(known, counted.predictions);
  return repeated(entry, logged.before, known, await undo());
}

/**
 * The key as far as a decision may be made on it. What is remembered will do where the key's own item counts,
 * as the write proves its version; of a rotated key another item counts, so it is read anew.
 */
async function currentKey(keyId: string, now: Date): Promise<KnownKey | undefined> {
  const known = recallKey(keyId);
  return known?.record.rotated_to === null ? known : loadKey(keyId, now);
}

/** A debit asks whether to serve; a record says what was served, also when the key has just ended. */
function mayReport(record: KeyRecord, charge: Charge, now: Date): boolean {
  return charge === 'debit' ? isInUse(record, now) : mayStillReport(record, now);
}

function accepted(known: KnownKey | undefined, predictions: number): ReportOutcome {
  return {
    kind: 'counted',
    remaining: known ? remainingPredictions(known.record, predictions) : null,
  };
}

/** What was counted before stays counted, whatever has changed since. */
function repeated(
  entry: LogEntry,
  before: LogEntry,
  known: KnownKey | undefined,
  predictions: number,
): ReportOutcome {
  return isSameReport(entry, before) ? accepted(known, predictions) : { kind: 'key_reused' };
}

/**
 * True for a key that may report now, wherever from and for whatever: who reports its usage is the service
 * that it was presented to.
 * @throws Unavailable
 */
export async function isReportingKey(key: ApiKey, charge: Charge, now: Date): Promise<boolean> {
  if (!hasValidChecksum(key)) return false;
  const keyId = keyIdOf(key);
  const remembered = recallKey(keyId);
  const known = remembered ?? (await loadKey(keyId, now));
  if (!known || !(await proves(key, keyId, known.verifiers, now))) return false;
  if (mayReport(known.record, charge, now)) return true;
  // It may have been changed since: read it again before saying no.
  const current = remembered && (await loadKey(keyId, now));
  return current !== undefined && mayReport(current.record, charge, now);
}
