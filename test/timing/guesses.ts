import { type ApiKey, generateKey } from '../../lib/domain/key.ts';
import { BASE62, PUBLIC_ID_LENGTH, withOtherSecret } from '../support/drawing.ts';

/** The last characters in which a nearly right guess differs; fewer would soon repeat. */
const WRONG_AT_END = 6;
const TOKEN_LENGTH = 43;

/**
 * Makes the guesses of an attacker.
 * @param draw returns a uniform integer in [0, bound)
 */
export function createGuesses(draw: (bound: number) => number) {
  const character = () => BASE62.charAt(draw(BASE62.length));
  const characters = (count: number) => Array.from({ length: count }, character).join('');
  const unknown = () => generateKey('production', draw).text;
  return {
    /** Returns a text with the length of a key. */
    malformed: () => `${unknown().slice(0, -1)}-`,
    wrongChecksum: () => {
      const text = unknown();
      return text.slice(0, -1) + (text.endsWith('A') ? 'B' : 'A');
    },
    unknown,
    /** Returns a key with the public id of another. */
    wrongSecret: ({ text }: ApiKey) => withOtherSecret(text, PUBLIC_ID_LENGTH, draw),
    /** Returns a key with the public id and the first 13 characters of the secret of another. */
    nearlyRight: ({ text }: ApiKey) =>
      withOtherSecret(text, PUBLIC_ID_LENGTH + 19 - WRONG_AT_END, draw),
    /** Returns a text in the format of an admin token. */
    token: () => characters(TOKEN_LENGTH),
    /** Returns a token that begins like another. */
    nearlyToken: (token: string) => token.slice(0, -WRONG_AT_END) + characters(WRONG_AT_END),
  };
}

export type Guesses = ReturnType<typeof createGuesses>;
