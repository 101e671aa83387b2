import { randomUUID } from 'node:crypto';

const SUFFIX = `-${randomUUID()}`;

/** Makes the name of a table or secret unique to this test file and run. */
export function ownName(name: string): string {
  return name + SUFFIX;
}

export function isOwn(name: string): boolean {
  return name.endsWith(SUFFIX);
}

/** Returns the name that {@link ownName} was given. */
export function withoutSuffix(name: string): string {
  return name.replace(SUFFIX, '');
}
