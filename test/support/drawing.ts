import { randomInt } from 'node:crypto';
import { generateKey, parseKey } from '../../lib/domain/key.ts';

/** Returns a uniform integer in [0, bound). */
type Random = (bound: number) => number;

export const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
export const PUBLIC_ID_LENGTH = 7;

/** Returns a source of randomness that draws these characters first. */
export function drawing(characters: string, random: Random = randomInt): Random {
  const first = [...characters].map((character) => BASE62.indexOf(character));
  return (bound) => first.shift() ?? random(bound);
}

/**
 * Returns a key with the public id of another, another secret and a right checksum.
 * @param kept the characters that are kept of the other: the public id, or more
 */
export function withOtherSecret(
  apiKey: string,
  kept = PUBLIC_ID_LENGTH,
  random: Random = randomInt,
): string {
  const environment = parseKey(apiKey)?.environment ?? 'production';
  const start = apiKey.slice(apiKey.lastIndexOf('_') + 1).slice(0, kept);
  return generateKey(environment, drawing(start, random)).text;
}
