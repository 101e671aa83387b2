import { expect } from '@jest/globals';
import type { Releases } from '../support/releases.ts';

/** Returns the value without the fields that the other one lacks. */
function common(value: unknown, other: unknown): unknown {
  if (Array.isArray(value) && Array.isArray(other)) {
    return value.map((entry, i) => common(entry, other[i]));
  }
  if (!isObject(value) || !isObject(other)) return value;
  const both = Object.entries(value).filter(([field]) => field in other);
  return Object.fromEntries(both.map(([field, part]) => [field, common(part, other[field])]));
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** Expects that both releases answer a request alike, except for fields that only one has. */
export async function expectAlike({ previous: one, current: other }: Releases, path: string) {
  const [previous, current] = await Promise.all([one.call('GET', path), other.call('GET', path)]);
  const { body } = previous;
  expect([previous.status, common(body, current.body)]).toEqual([200, common(current.body, body)]);
  return current.body;
}
