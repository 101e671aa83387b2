/**
 * Keeps the last loaded value. The returned function gives it while it is at most `maxAgeMs` old
 * and loads it again after; callers that come while it loads share the load. A load that failed is
 * forgotten, so one bad second doesn't poison the container.
 */
export function cached<T>(load: () => Promise<T>): (now: Date, maxAgeMs: number) => Promise<T> {
  let held: { value: Promise<T>; loadedAt: number } | undefined;
  return (now, maxAgeMs) => {
    if (!held || now.getTime() - held.loadedAt >= maxAgeMs) {
      const loading = { value: load(), loadedAt: now.getTime() };
      held = loading;
      loading.value.catch(() => {
        if (held === loading) held = undefined;
      });
    }
    return held.value;
  };
}
