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
 * ago: Lambda may have frozen it for hours. A load that fails takes nothing away: who is content with an
 * older value still has it.
 * @param backOffMs for how long no load begins after one that failed; 0: the next call tries again
 */
export function cached<T>(load: () => Promise<T>, backOffMs = 0) {
  let held: Load<T> | undefined;
  let loading: Load<T> | undefined;
  let failed: Load<T> | undefined;

  function start(began: number): Promise<T> {
    const own: Load<T> = { began, value: load() };
    loading = own;
    own.value
      .then(
        () => {
          held = later(held, own);
        },
        () => {
          if (backOffMs > 0) failed = later(failed, own);
        },
      )
      .finally(() => {
        if (loading === own) loading = undefined;
      });
    return own.value;
  }

  /** The value, loaded anew unless it is less than `maxAgeMs` old. */
  async function recent(now: Date, maxAgeMs: number): Promise<T> {
    const within = (known: Load<T> | undefined, ageMs: number) =>
      known && now.getTime() - known.began < ageMs ? known : undefined;
    const known = within(held, maxAgeMs) ?? within(loading, maxAgeMs) ?? within(failed, backOffMs);
    return known ? known.value : start(now.getTime());
  }

  /**
   * The same, or the value held, whatever its age, when it can't be loaded. With none held it is loaded even
   * soon after that failed: there is nothing to go on with.
   */
  async function recentOrHeld(now: Date, maxAgeMs: number): Promise<T> {
    if (!held) failed = undefined;
    return recent(now, maxAgeMs).catch((error: unknown) => {
      if (held) return held.value;
      throw error;
    });
  }

  /** The value as it is at `now` or later: waits where loading it at once would be too often. */
  async function upToDate(now: Date): Promise<T> {
    const last = loading ?? held;
    if (!last || last.began >= now.getTime()) return recent(now, RECHECK_MS);
    const wait = Math.max(0, last.began + RECHECK_MS - now.getTime());
    await delay(wait);
    return recent(new Date(now.getTime() + wait), RECHECK_MS);
  }

  return { recent, recentOrHeld, upToDate };
}

/** The load that began later, as one that Lambda froze may end after the next. */
function later<T>(before: Load<T> | undefined, ended: Load<T>): Load<T> {
  return before && before.began >= ended.began ? before : ended;
}
