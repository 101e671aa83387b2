import fc from 'fast-check';
import type { Draft } from './draft.ts';
import { request } from './generate/request.ts';
import { runSequence, type Tally } from './sequence.ts';
import type { Target } from './target.ts';

/** A sequence of requests that shows a defect, as small as it was found to be. */
export interface Failure {
  readonly seed: number;
  /** With the seed, what `--path` replays. */
  readonly path: string;
  readonly message: string;
  readonly requests: readonly Draft[];
  /** Whether it failed again when it was alone, so that it could be made smaller. */
  readonly isReproduced: boolean;
}

const MOST_REQUESTS = 12;
/** Each request of a sequence may take seconds, so shrinking has to end at some time. */
const SHRINK_MS = 120_000;

/**
 * Sends random sequences of requests, several at a time: a change of a limit is answered after a
 * second, in which others go on.
 * @param seed determines all sequences
 * @returns the first failure of each of the sources of sequences
 */
export async function search(
  seed: number,
  sequences: number,
  lanes: number,
  target: Target,
  tally: Tally,
): Promise<Failure[]> {
  const failed = await Promise.all(
    Array.from({ length: lanes }, async (_, lane) => {
      const numRuns = Math.ceil(sequences / lanes);
      // The sequences that failed are made smaller later, one at a time.
      const parameters = { seed: seed * lanes + lane, numRuns, endOnFailure: true };
      const { failed, counterexamplePath } = await fc.check(property(target, tally), parameters);
      return failed ? [{ seed: parameters.seed, path: counterexamplePath ?? '' }] : [];
    }),
  );
  const failures: Failure[] = [];
  for (const { seed: own, path } of failed.flat()) {
    failures.push(await replay(own, path, target));
  }
  return failures;
}

/** Runs one sequence alone, and makes it smaller while it fails. */
export async function replay(seed: number, path: string, target: Target): Promise<Failure> {
  const found = await fc.check(
    property(target, () => {}),
    { seed, path, numRuns: 1, interruptAfterTimeLimit: SHRINK_MS },
  );
  const error = found.errorInstance as Error | null;
  const [requests] = found.counterexample ?? [[]];
  return {
    seed,
    path: found.counterexamplePath ?? path,
    message: error?.message ?? 'did not fail again when it was alone',
    requests,
    isReproduced: found.failed,
  };
}

function property(target: Target, tally: Tally) {
  const requests = fc.array(request, { minLength: 1, maxLength: MOST_REQUESTS, size: 'max' });
  return fc.asyncProperty(requests, (drafts) => runSequence(drafts, target, tally));
}
