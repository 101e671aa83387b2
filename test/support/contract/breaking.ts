import { isDeepStrictEqual } from 'node:util';
import { type Operation, operationsOf } from './document.ts';
import { type Part, partsOf } from './parts.ts';

/** Keywords that change nothing on the wire, and those that have rules of their own. */
const IGNORED = [
  ...['title', 'description', 'example', 'examples', 'component'],
  ...['type', 'enum', 'properties', 'required', 'items'],
];

/**
 * Returns a line for each difference between two versions of the OpenAPI document that may break a
 * client. A difference that is not known to be compatible is among them.
 */
export function breakingChanges(before: object, after: object): string[] {
  const current = operationsOf(after);
  return operationsOf(before).flatMap((old) => {
    const now = current.find(({ key }) => key === old.key);
    const changes = now
      ? [...credentialChanges(old, now), ...partChanges(partsOf(old), partsOf(now))]
      : ['was removed'];
    return changes.map((change) => `${old.key}: ${change}`);
  });
}

/**
 * Returns the breaking changes whose operation is not announced in the unreleased part of a
 * changelog, which is above the first heading of the form `## 1.2.3`.
 */
export function unannounced(before: object, after: object, changelog: string): string[] {
  const [unreleased = ''] = changelog.split(/^## \d+\.\d+\.\d+/m);
  const announcements = unreleased.match(/^- \d{4}-\d\d-\d\d: breaking: .*$/gm) ?? [];
  return breakingChanges(before, after).filter((change) => {
    const [operation] = change.split(': ');
    return !announcements.some((line) => line.includes(`\`${operation}\``));
  });
}

function credentialChanges(old: Operation, now: Operation): string[] {
  return old.security
    .filter((credentials) => !now.security.some((other) => isDeepStrictEqual(other, credentials)))
    .map((credentials) => Object.keys(credentials).join(' and ') || 'no credentials')
    .map((names) => `no longer accepts a request with ${names}`);
}

function partChanges(before: readonly Part[], after: readonly Part[]): string[] {
  const added = after.filter((part) => !before.some(({ name }) => name === part.name));
  return [
    ...before.flatMap((old) => {
      const now = after.find(({ name }) => name === old.name);
      if (!now) return [`${old.name} was removed`];
      const own = [...valueChanges(old, now), ...keywordChanges(old, now)];
      return [
        ...own.map((change) => `${old.name} ${change}`),
        ...partChanges(old.parts, now.parts),
      ];
    }),
    ...added
      .filter(({ mustBeKnown }) => mustBeKnown)
      .map(({ name, required }) => `${name} is new${required ? ' and required' : ''}`),
  ];
}

/** Returns what one side may send although the other side does not know it. */
function valueChanges(old: Part, now: Part): string[] {
  const isRequest = old.side === 'request';
  const [sent, known] = isRequest ? [old, now] : [now, old];
  const types = typesOf(sent).filter((type) => !typesOf(known).includes(type));
  const values = (valuesOf(sent) ?? ['other values']).filter(
    // Clients tell errors apart by their status.
    (value) => old.side !== 'error' && valuesOf(known)?.includes(value) === false,
  );
  const change = isRequest ? 'no longer accepts' : 'can now be';
  return [
    ...(known.required && !sent.required ? [`became ${isRequest ? 'required' : 'optional'}`] : []),
    ...[...new Set([...types, ...values])].map((unknown) => `${change} ${unknown}`),
  ];
}

function typesOf({ schema: { type = 'other types' } }: Part): readonly string[] {
  return [type].flat();
}

function valuesOf({ schema }: Part): string[] | undefined {
  return schema.enum?.map((value) => JSON.stringify(value));
}

function keywordChanges(old: Part, now: Part): string[] {
  const before: Record<string, unknown> = { ...old.schema };
  const after: Record<string, unknown> = { ...now.schema };
  return Object.keys({ ...before, ...after })
    .filter((keyword) => !isCompatible(old, keyword, before[keyword], after[keyword]))
    .map((keyword) => [keyword, show(before[keyword]), show(after[keyword])])
    .map(([keyword, a, b]) => `has \`${keyword}\` ${b} instead of ${a}`);
}

function isCompatible({ side }: Part, keyword: string, old: unknown, now: unknown): boolean {
  if (IGNORED.includes(keyword) || isDeepStrictEqual(old, now)) return true;
  // The schema of other fields, if there is one, is compared as a part.
  if (keyword === 'additionalProperties') return (old === false) === (now === false);
  const [, bound] = /^(min|max)(imum|Length|Items)$/.exec(keyword) ?? [];
  if (!bound) return false;
  // Clients need not check the bounds of what they receive.
  if (side !== 'request' || now === undefined) return true;
  return bound === 'min' ? Number(now) < Number(old) : Number(now) > Number(old);
}

function show(value: unknown): string {
  return value === undefined ? 'none' : JSON.stringify(value);
}
