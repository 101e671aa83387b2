import { randomInt } from 'node:crypto';

/** Returns a source of randomness that draws these characters first. */
export function drawing(characters: string): (bound: number) => number {
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  const first = [...characters].map((character) => digits.indexOf(character));
  return (bound) => first.shift() ?? randomInt(bound);
}
