import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hasSeal, type Seal, sealOf } from '../../lib/domain/audit-seal.ts';
import { checkPage, newestVersion, type TrailEntry } from '../../lib/domain/audit-trail.ts';

const nameOf = (version: number) => `version:${String(version).padStart(10, '0')}#r${version}`;
const OLD = (i: number) => `2026-11-2${i}T00:00:00.000Z#r`;

interface Trail {
  readonly entries: TrailEntry[];
  readonly version: number;
  readonly isRevoked: boolean;
  readonly sealedFrom: number | undefined;
}

/** An intact trail, newest first: old entries, then sealed ones, and perhaps a revocation. */
const trails: fc.Arbitrary<Trail> = fc
  .record({ old: fc.nat(4), sealed: fc.nat(6), isRevoked: fc.boolean() })
  .filter(({ old, sealed, isRevoked }) => old + sealed + Number(isRevoked) > 0)
  .map(({ old, sealed, isRevoked }) => {
    const entries: TrailEntry[] = [];
    for (let i = 0; i < old; i++) entries.push({ name: OLD(i), seal: 'missing' });
    for (let i = 1; i <= sealed; i++) entries.push({ name: nameOf(old + i), seal: 'valid' });
    if (isRevoked) entries.push({ name: 'version:last#r', seal: 'valid' });
    const sealedFrom = sealed > 0 ? old + 1 : undefined;
    return { entries: entries.reverse(), version: entries.length, isRevoked, sealedFrom };
  });

/** Checks a trail page by page. */
function check({ entries, version, ...state }: Trail, size = 1000) {
  const problems = [];
  let next = newestVersion(entries[0], { version, ...state }, { version, ...state });
  for (let from = 0; from === 0 || from < entries.length; from += size) {
    const isEnd = from + size >= entries.length;
    const page = checkPage(entries.slice(from, from + size), state, next, isEnd);
    problems.push(...page.findings.map(({ problem, version: of }) => [problem, of]));
    next = page.next;
  }
  return problems;
}

/** Sorts as the table does. */
const sorted = (entries: TrailEntry[]) =>
  [...entries].sort((a, b) => (a.name > b.name ? -1 : a.name < b.name ? 1 : 0));

test('finds nothing wrong with an intact trail, in pages of any size', () => {
  fc.assert(
    fc.property(trails, fc.integer({ min: 1, max: 12 }), (trail, size) => {
      expect(check(trail, size)).toEqual([]);
    }),
  );
});

test('finds an entry that is gone, wherever it was', () => {
  fc.assert(
    fc.property(trails, fc.nat(), fc.integer({ min: 1, max: 12 }), (trail, at, size) => {
      const entries = trail.entries.toSpliced(at % trail.entries.length, 1);
      expect(check({ ...trail, entries }, size)).toContainEqual(['missing', expect.anything()]);
    }),
  );
});

test('finds an entry that was added, whatever its name', () => {
  const names = fc.oneof(
    fc.integer({ min: 1, max: 20 }).map((version) => `${nameOf(version)}-added`),
    fc.constantFrom('version:last#added', '2026-11-01T00:00:00.000Z#added', 'version:12#r', '~'),
  );
  fc.assert(
    fc.property(trails, names, (trail, name) => {
      // A forger who can't make seals copies one, which is wrong under another name.
      const seal: Seal = name.startsWith('2026') ? 'missing' : 'wrong';
      const entries = sorted([...trail.entries, { name, seal }]);
      expect(check({ ...trail, entries }).length).toBeGreaterThan(0);
    }),
  );
});

test.each([
  ['wrong', 'altered'],
  ['missing', 'unsealed_entry'],
  ['unverifiable', 'unverifiable'],
] as const)('finds an entry whose seal is %s', (seal, problem) => {
  const trail: Trail = {
    entries: [3, 2, 1].map((v) => ({ name: nameOf(v), seal: v === 2 ? seal : 'valid' })),
    version: 3,
    isRevoked: false,
    sealedFrom: 1,
  };
  expect(check(trail)).toEqual([[problem, 2]]);
});

test('finds sealed entries that were replaced by entries in the old form', () => {
  const entries = [
    { name: nameOf(3), seal: 'valid' as const },
    { name: OLD(2), seal: 'missing' as const },
    { name: OLD(1), seal: 'missing' as const },
  ];
  expect(check({ entries, version: 3, isRevoked: false, sealedFrom: 2 })).toEqual([
    ['missing', 2],
    ['unexpected', null],
  ]);
  expect(check({ entries, version: 3, isRevoked: false, sealedFrom: 3 })).toEqual([]);
});

test('finds a second revocation, and one of a key that is not revoked', () => {
  const last = (request: string): TrailEntry => ({
    name: `version:last#${request}`,
    seal: 'valid',
  });
  const first: TrailEntry = { name: nameOf(1), seal: 'valid' };
  const state = { sealedFrom: 1 };
  expect(
    check({ ...state, entries: [last('b'), last('a'), first], version: 2, isRevoked: true }),
  ).toEqual([['unexpected', null]]);
  expect(check({ ...state, entries: [last('a'), first], version: 1, isRevoked: false })).toEqual([
    ['unexpected', null],
  ]);
});

test('takes entries for the newest only between the two reads of the key', () => {
  const state = (version: number, isRevoked = false) => ({ version, isRevoked, sealedFrom: 1 });
  const newest = (version: number): TrailEntry => ({ name: nameOf(version), seal: 'valid' });
  expect(newestVersion(newest(5), state(4), state(6))).toBe(5);
  expect(newestVersion(newest(6), state(4), state(6))).toBe(6);
  expect(newestVersion(newest(3), state(4), state(6))).toBe(4);
  expect(newestVersion(newest(7), state(4), state(6))).toBe(4);
  expect(newestVersion({ name: 'version:last#r', seal: 'valid' }, state(4), state(6, true))).toBe(
    6,
  );
  expect(newestVersion(undefined, state(4), state(4))).toBe(4);
});

test('makes a seal of every attribute, whatever their order, and of the pepper', () => {
  const pepper = { version: 'v1', value: 'secret' };
  const values = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.boolean()), { minKeys: 1 });
  fc.assert(
    fc.property(values, fc.nat(), (attributes, at) => {
      const seal = sealOf({ changes: { M: attributes } }, pepper);
      const reversed = Object.fromEntries(Object.entries(attributes).reverse());
      expect(hasSeal({ changes: { M: reversed } }, pepper, seal)).toBe(true);
      const name = Object.keys(attributes)[at % Object.keys(attributes).length] ?? '';
      const { [name]: _, ...less } = attributes;
      for (const other of [
        less,
        { ...attributes, [name]: { N: '1' } },
        { ...less, [`${name}.`]: 1 },
      ]) {
        expect(hasSeal({ changes: { M: other } }, pepper, seal)).toBe(false);
      }
      expect(hasSeal({ changes: { M: attributes } }, { ...pepper, value: 'other' }, seal)).toBe(
        false,
      );
      expect(hasSeal({ changes: { M: attributes } }, pepper, seal.subarray(1))).toBe(false);
    }),
  );
});

// Computed by Python's hmac and hashlib. It may never change: stored entries have such seals.
test('the seal of an entry stays the same forever', () => {
  const attributes = {
    none: null,
    map: { M: { b: { N: '1' }, a: { NULL: true } } },
    list: { L: [{ S: 'b' }, { S: 'a' }] },
    at: { S: 'version:last#r' },
  };
  const seal = '2e7d2a26dbe4af40b3eb11d48bcecaf6e91775dd204116786f68753a20058850';
  expect(sealOf(attributes, { version: 'v1', value: 'secret' }).toString('hex')).toBe(seal);
});

const entry = (version: number, seal: Seal = 'valid'): TrailEntry => ({
  name: nameOf(version),
  seal,
});
const checked = (entries: TrailEntry[], first: number, isEnd = true, isRevoked = false) =>
  checkPage(entries, { sealedFrom: 1, isRevoked }, first, isEnd);

test('a finding says which entries are missing', () => {
  expect(checked([entry(9), entry(7), entry(3)], 9)).toEqual({
    findings: [
      { problem: 'missing', version: 8, message: 'There is no entry of version 8.' },
      { problem: 'missing', version: 6, message: 'There is no entry of versions 4 to 6.' },
      { problem: 'missing', version: 2, message: 'There is no entry of versions 1 to 2.' },
    ],
    versions: [9, 7, 3],
    next: 0,
  });
  expect(checked([entry(3)], 3, false)).toEqual({ findings: [], versions: [3], next: 2 });
});

test('a finding says what is wrong with an entry', () => {
  const last: TrailEntry = { name: 'version:last#r', seal: 'valid' };
  const entries = [
    entry(5),
    entry(4, 'wrong'),
    entry(3, 'missing'),
    entry(2, 'unverifiable'),
    last,
    entry(6),
    { name: '~', seal: 'valid' as const },
    entry(1),
  ];
  expect(checked(entries, 5)).toEqual({
    findings: [
      {
        problem: 'altered',
        version: 4,
        message: 'The entry of version 4 is not as it was written.',
      },
      { problem: 'unsealed_entry', version: 3, message: 'The entry of version 3 has no seal.' },
      {
        problem: 'unverifiable',
        version: 2,
        message: 'The entry of version 2 has a seal whose pepper is no longer in Secrets Manager.',
      },
      {
        problem: 'unexpected',
        version: null,
        message: 'No change of the key has made the entry version:last#r.',
      },
      {
        problem: 'unexpected',
        version: 6,
        message: `No change of the key has made the entry ${nameOf(6)}.`,
      },
      {
        problem: 'unexpected',
        version: null,
        message: 'No change of the key has made the entry ~.',
      },
    ],
    versions: [5, 4, 3, 2, null, 6, null, 1],
    next: 0,
  });
});

test('the entry of a revocation has the version of the key', () => {
  const last: TrailEntry = { name: 'version:last#r', seal: 'valid' };
  expect(checked([last, entry(1)], 2, true, true)).toEqual({
    findings: [],
    versions: [2, 1],
    next: 0,
  });
});

test('a revoked key whose newest entry is no revocation lacks that entry', () => {
  expect(checked([entry(1)], 2, true, true).findings).toEqual([
    { problem: 'missing', version: 2, message: 'There is no entry of version 2.' },
  ]);
});

test('entries from before seals have no version, and as many as there were changes', () => {
  const old = [2, 1].map((i): TrailEntry => ({ name: OLD(i), seal: 'missing' }));
  const state = { sealedFrom: undefined, isRevoked: false };
  expect(checkPage(old, state, 2, true)).toEqual({ findings: [], versions: [null, null], next: 0 });
  expect(checkPage(old, state, 1, true).findings).toEqual([
    {
      problem: 'unexpected',
      version: null,
      message: `No change of the key has made the entry ${OLD(1)}.`,
    },
  ]);
});
