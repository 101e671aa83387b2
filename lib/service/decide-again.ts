import { Unavailable } from '../domain/unavailable.ts';

/** A round fails only if the key's configuration changed within it, so two in a row are rare. */
const ROUNDS = 5;

/** The key, or the key that counts for it, was changed after it was read: decide again. */
export interface Changed {
  readonly kind: 'changed';
}

/**
 * Repeats a decision on a key for as long as the key changes between its read and the write that
 * depends on it.
 * @param decide makes one round; `isRetry` is true from the second on
 * @throws Unavailable when the key changed in every round
 */
export async function decideAgainIfChanged<Outcome extends { readonly kind: string }>(
  decide: (isRetry: boolean) => Promise<Outcome | Changed>,
): Promise<Outcome> {
  for (let round = 0; round < ROUNDS; round++) {
    const outcome = await decide(round > 0);
    if (!isChanged(outcome)) return outcome;
  }
  throw new Unavailable('the key kept changing');
}

function isChanged(outcome: { readonly kind: string }): outcome is Changed {
  return outcome.kind === 'changed';
}
