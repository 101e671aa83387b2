/** A value we don't know may be newer than ours, but nobody can make us ask more often than this. */
export const RECHECK_MS = 1_000;

/**
 * Keeps the last loaded value. The returned function gives it while it is at most `maxAgeMs` old and
 * loads it again after; callers that come while it loads share the load. A load that fails takes
 * nothing away: the next call tries again, and who is content with an older value still has it.
 */
export function cached<T>(load: () => Promise<T>): (now: Date, maxAgeMs: number) => Promise<T> {
  let held: { value: T; loadedAt: number } | undefined;
  let loading: Promise<T> | undefined;
  return async (now, maxAgeMs) => {
    if (held && now.getTime() - held.loadedAt < maxAgeMs) return held.value;
    loading ??= load()
      .then((value) => {
        held = { value, loadedAt: now.getTime() };
        return value;
      })
      .finally(() => {
        loading = undefined;
      });
    return loading;
  };
}
