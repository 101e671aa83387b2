import { expect } from '@jest/globals';
import type { Client } from './client.ts';

/** Each is answered within 4 seconds, so that all end before a test does. */
const ATTEMPTS = 5;

/**
 * Makes a change, which is tried again after a 503, as an administrator does: on a busy machine the
 * service may not have the time for it.
 * @returns 409 for a rotation that was made by an attempt which was answered with 503
 */
export async function confirm(
  { call }: Client,
  method: string,
  path: string,
  body: object | undefined,
): Promise<number | undefined> {
  const came: number[] = [];
  do came.push((await call(method, path, { body })).status);
  while (came.at(-1) === 503 && came.length < ATTEMPTS);
  // A rotation that was answered with 503 may have been made after all.
  const maybeMade = path.endsWith('/rotate') && came.length > 1;
  expect(maybeMade ? [200, 409] : [200]).toContain(came.at(-1));
  return came.at(-1);
}
