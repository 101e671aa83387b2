import { setTimeout as delay } from 'node:timers/promises';

/** A value we don't know may be newer than ours, but nobody can make us ask more often than this. */
export const RECHECK_MS = 1_000;

/** A load, by when it began: its value is at least as new as that. */
interface Load<T> {
  readonly began: number;
  readonly value: Promise<T>;
}

/**
 * Keeps the last loaded value. Callers that come while it loads share the load, unless it began too long
 * ago: Lambda may have frozen it for hours. A load that fails takes nothing away: the next call tries
 * again, and who is content with an older value still has it.
 */
export function cached<T>(load: () => Promise<T>) {
  let held: Load<T> | undefined;
  let loading: Load<T> | undefined;

  function start(began: number): Promise<T> {
    const own: Load<T> = { began, value: load() };
    loading = own;
    own.value
      .then(
        () => {
          if (!held || held.began < began) held = own;
        },
        () => {},
      )
      .finally(() => {
        if (loading === own) loading = undefined;
      });
    return own.value;
  }

  /** The value, loaded anew unless it is less than `maxAgeMs` old. */
  async function recent(now: Date, maxAgeMs: number): Promise<T> {
    const recentEnough = [held, loading].find(
      (known) => known && now.getTime() - known.began < maxAgeMs,
    );
    return recentEnough ? recentEnough.value : start(now.getTime());
  }

  /** The value as it is at `now` or later: waits where loading it at once would be too often. */
  async function upToDate(now: Date): Promise<T> {
    const last = loading ?? held;
    if (!last || last.began >= now.getTime()) return recent(now, RECHECK_MS);
    const wait = Math.max(0, last.began + RECHECK_MS - now.getTime());
    await delay(wait);
    return recent(new Date(now.getTime() + wait), RECHECK_MS);
  }

  return { recent, upToDate };
}
