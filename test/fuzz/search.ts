import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import type { Draft } from './draft.ts';
import { Finding } from './finding.ts';
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
  /** Whether a machine that stood still for seconds may be the cause. */
  readonly isSlow: boolean;
}

const MOST_REQUESTS = 12;
/**
 * A lane that was answered too late runs again after a pause, beside such lanes only: the machine may
 * have been overloaded.
 */
const ATTEMPTS = 4;
const PAUSE_MS = 10_000;
/** Each request of a sequence may take seconds, so shrinking has to end at some time. */
const SHRINK_MS = 120_000;

/**
 * Sends random sequences of requests, several at a time: a change of a limit is answered after a
 * second, in which others go on.
 * @param seeds one for each of the lanes, whose sequences run one after the other
 * @param sequences how many run in each lane
 * @returns the first failure of each lane
 */
export async function search(
  seeds: readonly number[],
  sequences: number,
  target: Target,
  tally: Tally,
): Promise<Failure[]> {
  const run = async (lanes: readonly number[]) => {
    const failed = await Promise.all(
      lanes.map(async (seed) => {
        // The sequences that failed are made smaller later, one at a time.
        const parameters = { seed, numRuns: sequences, endOnFailure: true };
        const found = await fc.check(property(target, tally), parameters);
        return found.failed ? [toFailure(found, false)] : [];
      }),
    );
    return failed.flat();
  };
  let failed = await run(seeds);
  for (let attempt = 1; attempt < ATTEMPTS && failed.some(({ isSlow }) => isSlow); attempt++) {
    const slow = failed.filter(({ isSlow }) => isSlow);
    await delay(PAUSE_MS);
    const again = await run(slow.map(({ seed }) => seed));
    failed = [...failed.filter(({ isSlow }) => !isSlow), ...again];
  }
  const failures: Failure[] = [];
  for (const failure of failed) {
    failures.push((await replay(failure.seed, failure.path, target)) ?? failure);
  }
  // When the process ends, the sequences fail that run beside the one that caused it.
  const reproduced = failures.filter(({ isReproduced }) => isReproduced);
  return reproduced.length > 0 ? reproduced : failures;
}

/** Draws the seeds of the next lanes. */
export function drawSeeds(random: () => number, lanes: number): number[] {
  return Array.from({ length: lanes }, () => Math.floor(random() * 2 ** 31));
}

/**
 * Runs one sequence alone, and makes it smaller while it fails.
 * @returns undefined if it does not fail
 */
export async function replay(
  seed: number,
  path: string,
  target: Target,
): Promise<Failure | undefined> {
  const parameters = { seed, path, numRuns: 1, interruptAfterTimeLimit: SHRINK_MS };
  const found = await fc.check(
    property(target, () => {}),
    parameters,
  );
  return found.failed ? toFailure(found, true) : undefined;
}

function toFailure(found: fc.RunDetails<[Draft[]]>, isReproduced: boolean): Failure {
  const { seed, counterexample, counterexamplePath, errorInstance } = found;
  const error = errorInstance as Error;
  const [requests = []] = counterexample ?? [];
  // Whatever comes after the request that failed was not sent.
  const sent = error instanceof Finding ? error.after : undefined;
  return {
    seed,
    path: counterexamplePath ?? '',
    message: error instanceof Finding ? error.message : (error.stack ?? error.message),
    requests: requests.slice(0, sent),
    isReproduced,
    isSlow: error instanceof Finding && error.isSlow,
  };
}

function property(target: Target, tally: Tally) {
  const requests = fc.array(request, { minLength: 1, maxLength: MOST_REQUESTS, size: 'max' });
  return fc.asyncProperty(requests, (drafts) => runSequence(drafts, target, tally));
}
