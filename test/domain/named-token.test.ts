import { createHash, randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { findPrincipal, isNamedToken, type NamedToken } from '../../lib/domain/named-token.ts';
import type { Principal } from '../../lib/domain/principal.ts';

const NOW = new Date('2026-11-23T18:30:00.000Z');
const texts = ['one', 'two', 'three'].map((seed) => `hkt_${sha256(seed).toString('base64url')}`);
const tokens = texts.map((text, index) => tokenOf(text, `token-${index}`));

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function tokenOf(text: string, name: string, expiresAt: string | null = null): NamedToken {
  const principal: Principal = { kind: 'auditor', token: { name, version: 'v1' } };
  return { sha256: sha256(text), expiresAt, principal };
}

test('a token is hkt_ and 256 bits in base64url', () => {
  expect(isNamedToken(`hkt_${randomBytes(32).toString('base64url')}`)).toBe(true);
});

const [token = ''] = texts;
test.each([
  ['is empty', ''],
  ['has another prefix', token.replace('hkt_', 'hk_')],
  ['has one character less', token.slice(0, -1)],
  ['has one character more', `${token}a`],
  ['has a character that base64url lacks', `${token.slice(0, -1)}+`],
  ['has a space before it', ` ${token}`],
  ['has a line break at its end', `${token}\n`],
  ['is a rotated admin token', randomBytes(32).toString('base64url')],
])('a text that %s has not the format of a token', (_, text) => {
  expect(isNamedToken(text)).toBe(false);
});

test('each token authenticates its own principal, and no list authenticates without an entry', () => {
  expect(texts.map((text) => findPrincipal(tokens, text, NOW))).toEqual(
    tokens.map(({ principal }) => principal),
  );
  expect(texts.map((text) => findPrincipal([], text, NOW))).toEqual(texts.map(() => undefined));
});

test('no text other than the tokens authenticates anyone', () => {
  const near = fc
    .tuple(fc.constantFrom(...texts), fc.nat(46), fc.string({ minLength: 0, maxLength: 2 }))
    .map(([text, at, other]) => text.slice(0, at) + other + text.slice(at + 1));
  const digest = fc.constantFrom(...texts).map((text) => sha256(text).toString('hex'));
  fc.assert(
    fc.property(fc.oneof(near, digest, fc.string()), (text) => {
      fc.pre(!texts.includes(text));
      expect(findPrincipal(tokens, text, NOW)).toBeUndefined();
    }),
  );
});

test.each([0, 1, 2])('a token is compared with every entry, also if number %i is it', (index) => {
  let compared = 0;
  const watched = tokens.map((entry) => ({
    ...entry,
    get sha256() {
      compared++;
      return entry.sha256;
    },
  }));
  expect(findPrincipal(watched, texts[index] ?? '', NOW)).toBe(tokens[index]?.principal);
  expect(compared).toBe(3);
  expect(findPrincipal(watched, 'guess', NOW)).toBeUndefined();
  expect(compared).toBe(6);
});

test('a token authenticates until it expires', () => {
  const [entry] = tokens as [NamedToken];
  const at = (ms: number) =>
    findPrincipal(
      [{ ...entry, expiresAt: NOW.toISOString() }],
      texts[0] ?? '',
      new Date(NOW.getTime() + ms),
    );
  expect([at(-1), at(0), at(1)]).toEqual([entry.principal, undefined, undefined]);
});
