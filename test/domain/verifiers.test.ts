import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type ApiKey, parseKey } from '../../lib/domain/key.ts';
import { digestKey, makeVerifiers, matchesHash, sameDigest } from '../../lib/domain/verifiers.ts';

const ROUNDS = 4;
const TEXT = 'hk_live_0123456789ABCDEFGHIJKLMNOP121ohr';
const key = parseKey(TEXT) as ApiKey;
const pepper = { version: 'v1', value: 'pepper' };

const withText = (text: string): ApiKey => ({ ...key, text });

test('the digest is the HMAC-SHA-256 of the full key under the pepper', () => {
  // Computed by Python's hmac.
  expect(Buffer.from(digestKey(key, pepper)).toString('hex')).toBe(
    '8dc1d78421e96e8aed95585b7f705ef458007240d313b85e81d03a94d59eecb8',
  );
});

test.each([
  ['another pepper', key, { ...pepper, value: 'Pepper' }, false],
  ['another last character', withText(`${TEXT.slice(0, -1)}s`), pepper, false],
  ['another first character', withText(`H${TEXT.slice(1)}`), pepper, false],
  ['another version of the same pepper', key, { ...pepper, version: 'v2' }, true],
])('the digest is compared under %s', (_, otherKey, otherPepper, same) => {
  expect(sameDigest(digestKey(otherKey, otherPepper), digestKey(key, pepper))).toBe(same);
});

test('the verifiers are a bcrypt hash, the digest and the version of its pepper', async () => {
  const verifiers = await makeVerifiers(key, pepper, ROUNDS);
  expect(verifiers).toEqual({
    hash: expect.stringMatching(/^\$2b\$04\$[./0-9A-Za-z]{53}$/),
    digest: digestKey(key, pepper),
    pepper: 'v1',
  });
});

test.each([
  [4, '$2b$04$'],
  [5, '$2b$05$'],
])('a hash of %i rounds has that cost', async (rounds, start) => {
  const { hash } = await makeVerifiers(key, pepper, rounds);
  expect(hash.slice(0, 7)).toBe(start);
});

test('two hashes of one key differ, and both match it', async () => {
  const [one, two] = [
    await makeVerifiers(key, pepper, ROUNDS),
    await makeVerifiers(key, pepper, ROUNDS),
  ];
  expect(one.hash).not.toBe(two.hash);
  expect(await matchesHash(key, one)).toBe(true);
  expect(await matchesHash(key, two)).toBe(true);
});

test('a hash matches no key that differs in any one character', async () => {
  const verifiers = await makeVerifiers(key, pepper, ROUNDS);
  const others = [...TEXT].map((character, index) =>
    withText(TEXT.slice(0, index) + (character === 'x' ? 'y' : 'x') + TEXT.slice(index + 1)),
  );
  const matches = await Promise.all(others.map((other) => matchesHash(other, verifiers)));
  expect(matches).toEqual(new Array(TEXT.length).fill(false));
});

test.each([
  ['nothing', ''],
  ['the key without its last character', TEXT.slice(0, -1)],
  ['the key and one character more', `${TEXT}0`],
])('a hash does not match %s', async (_, text) => {
  const verifiers = await makeVerifiers(key, pepper, ROUNDS);
  expect(await matchesHash(withText(text), verifiers)).toBe(false);
});

test.each([
  [[1, 2, 3], [1, 2, 3], true],
  [[1, 2, 3], [1, 2, 4], false],
  [[1, 2, 3], [0, 2, 3], false],
  [[1, 2, 3], [1, 2], false],
  [[1, 2], [1, 2, 3], false],
  [[], [0], false],
])('the digests %j and %j are equal: %s', (a, b, same) => {
  expect(sameDigest(Uint8Array.from(a), Uint8Array.from(b))).toBe(same);
});

test('digests are equal if and only if their bytes are', () => {
  const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
  fc.assert(
    fc.property(bytes, fc.nat(31), fc.nat(255), (digest, index, byte) => {
      const other = digest.with(index, byte);
      expect(sameDigest(digest, other)).toBe(digest[index] === byte);
    }),
  );
});
