import { type Comparison, compare } from './compare.ts';
import type { KindName } from './kinds.ts';
import type { Samples } from './sample.ts';

/** A shorter delay does not count: the paths differ by some microseconds of JavaScript. */
const TOLERANCE_MS = 0.02;
/** The probability that a run finds a difference where there is none. */
const LEVEL = 0.01;
const PERMUTATIONS = 1_999;

type Expected =
  /** Nobody may learn which of the two a request was. */
  | 'same'
  /** A run that does not find this difference would not find a real one either. */
  | 'planted'
  /** The text itself tells, or a decision accepts it. */
  | 'known';

/** The kinds that are compared. */
const PAIRS: readonly (readonly [KindName, KindName, Expected])[] = [
  ['unknown key', 'unknown key, delayed', 'planted'],
  ['unknown key', 'other unknown key', 'same'],
  ['unknown key', 'wrong secret, key in use', 'same'],
  ['unknown key', 'wrong secret, key never verified', 'same'],
  ['unknown key', 'wrong secret, revoked key', 'same'],
  ['wrong secret, key in use', 'nearly right secret, key in use', 'same'],
  ['unknown key, again', 'wrong secret, again', 'same'],
  ['report, unknown key', 'report, wrong secret', 'same'],
  ['wrong admin token', 'nearly right admin token', 'same'],
  ['wrong named token', 'nearly right named token', 'same'],
  ['malformed', 'wrong checksum', 'known'],
  ['wrong checksum', 'unknown key', 'known'],
  ['unknown key', 'wrong secret, key not read before', 'known'],
];

export interface Judged extends Comparison {
  readonly first: KindName;
  readonly second: KindName;
  readonly expected: Expected;
  readonly isSeparable: boolean;
}

/** Compares the pairs; each has its share of the {@link LEVEL} (Bonferroni). */
export function judge(samples: Samples, random: () => number): Judged[] {
  const judged = PAIRS.filter(([, , expected]) => expected === 'same').length;
  const level = LEVEL / judged;
  const settings = { tolerance: TOLERANCE_MS, level, permutations: PERMUTATIONS };
  return PAIRS.map(([first, second, expected]) => {
    const compared = compare(samples[first], samples[second], settings, random);
    return { first, second, expected, ...compared, isSeparable: compared.p <= level };
  });
}

/** Returns whether the times of a pair are other than they must be. */
export function isFinding({ expected, isSeparable }: Judged): boolean {
  return (expected === 'same' && isSeparable) || (expected === 'planted' && !isSeparable);
}
