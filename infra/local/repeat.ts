import { setTimeout } from 'node:timers/promises';

/**
 * Repeats a step until it is stopped. A step that fails is printed, and repeated like the others.
 * @param step returns the pause after it, in milliseconds
 * @param pauseMs the pause after a step that failed
 * @returns a function that stops it and resolves when the current step is done
 */
export function repeat(
  step: (isStopped: () => boolean) => Promise<number>,
  pauseMs: number,
): () => Promise<void> {
  const stopped = new AbortController();
  const { signal } = stopped;
  const repeating = (async () => {
    while (!signal.aborted) {
      const pause = await step(() => signal.aborted).catch((error: unknown) => {
        if (!signal.aborted) console.error(error);
        return pauseMs;
      });
      // Resolves early when it is stopped.
      await setTimeout(pause, undefined, { signal }).catch(() => undefined);
    }
  })();
  return () => {
    stopped.abort();
    return repeating;
  };
}
