import { randomUUID } from 'node:crypto';

const SUFFIX = `-${randomUUID()}`;

/** Names a table or secret of this test file, so that it shares none with another file or run. */
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
