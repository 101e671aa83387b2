import { setTimeout as delay } from 'node:timers/promises';

/** The shortest interval between two loads that callers with unknown values can cause. */
export const RECHECK_MS = 1_000;

/** A load and when it began: its value is at least as new as that. */
interface Load<T> {
  readonly began: number;
  readonly value: Promise<T>;
}

/**
 * Caches the last loaded value. Concurrent callers share a load, unless it began too long ago,
 * because Lambda may have frozen it for hours. A failed load leaves the cached value in place, for
 * callers that accept an older one.
 * @param backOffMs after a failed load none begins for this time
 */
export function cachedValue<T>(load: () => Promise<T>, backOffMs: number) {
  let cached: Load<T> | undefined;
  let loading: Load<T> | undefined;
  let failed: Load<T> | undefined;

  function start(began: number): Promise<T> {
    const own: Load<T> = { began, value: load() };
    loading = own;
    own.value
      .then(
        () => {
          cached = later(cached, own);
        },
        () => {
          failed = later(failed, own);
        },
      )
      .finally(() => {
        if (loading === own) loading = undefined;
      });
    return own.value;
  }

  /** Returns the value, loaded again unless it is less than `maxAgeMs` old. */
  async function recent(now: Date, maxAgeMs: number): Promise<T> {
    const within = (known: Load<T> | undefined, ageMs: number) =>
      known && now.getTime() - known.began < ageMs ? known : undefined;
    const known =
      within(cached, maxAgeMs) ?? within(loading, maxAgeMs) ?? within(failed, backOffMs);
    return known ? known.value : start(now.getTime());
  }

  /**
   * Does the same, and falls back to the cached value of any age when a load fails. With none
   * cached it loads even during the back-off, because the caller can't continue without a value.
   */
  async function recentOrStale(now: Date, maxAgeMs: number): Promise<T> {
    if (!cached) failed = undefined;
    return recent(now, maxAgeMs).catch((error: unknown) => {
      if (cached) return cached.value;
      throw error;
    });
  }

  /** Returns the value as of `now` or later; waits if loading it at once would be too often. */
  async function upToDate(now: Date): Promise<T> {
    const last = loading ?? cached;
    if (!last || last.began >= now.getTime()) return recent(now, RECHECK_MS);
    const wait = Math.max(0, last.began + RECHECK_MS - now.getTime());
    await delay(wait);
    return recent(new Date(now.getTime() + wait), RECHECK_MS);
  }

  return { recent, recentOrStale, upToDate };
}

/** Returns the load that began later; one that Lambda froze may end after a newer one. */
function later<T>(before: Load<T> | undefined, ended: Load<T>): Load<T> {
  return before && before.began >= ended.began ? before : ended;
}
