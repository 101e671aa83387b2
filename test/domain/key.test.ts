import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  ENVIRONMENTS,
  foreignLabelsOf,
  generateKey,
  hasValidChecksum,
  isKeyId,
  isOurs,
  labelsOf,
  maskKey,
  maskKeysIn,
  parseKey,
  parsePrefix,
  unusedKeyId,
} from '../../lib/domain/key.ts';
import { BASE62 } from '../support/drawing.ts';

/** Reads the given numbers one after the other. */
const drawing = (numbers: number[]) => () => numbers.shift() ?? Number.NaN;
const counting = () => drawing(Array.from({ length: 26 }, (_, i) => i));

const keys = fc
  .tuple(
    fc.constantFrom(...ENVIRONMENTS),
    fc.array(fc.nat(61), { minLength: 26, maxLength: 26, size: 'max' }),
  )
  .map(([environment, numbers]) => generateKey(environment, drawing(numbers)));

/** The text with the character at `index` replaced. */
const altered = (text: string, index: number, character: string) =>
  text.slice(0, index) + character + text.slice(index + 1);

// Checksums and UUIDs were computed by Python's zlib and uuid. They may never change: stored keys
// are found by this key_id.
test.each([
  ['production', 'live', '121ohr', 'fb97fb21-91e2-5774-8ea5-f28e4b22a372'],
  ['test', 'test', '1HqcrW', '20508ae1-2a75-50ec-a342-f69eb0e2e508'],
  ['development', 'dev', '0TGZRC', 'a42c7914-650b-5a9d-ab90-082f8e5b434f'],
] as const)('a %s key keeps its format, mask and key_id forever', (environment, tag, sum, id) => {
  const text = `hk_${tag}_${BASE62.slice(0, 26)}${sum}`;
  const sha256 = createHash('sha256').update(text).digest();
  const key = { text, sha256, environment, keyId: id };
  expect(generateKey(environment, counting())).toEqual(key);
  expect(parseKey(text)).toEqual(key);
  expect(hasValidChecksum(key)).toBe(true);
  expect(maskKey(key)).toBe(`hk_${tag}_012***`);
});

test('every generated key is a key of its environment with a valid checksum', () => {
  fc.assert(
    fc.property(keys, (key) => {
      expect(key.text).toMatch(/^hk_(live|test|dev)_[0-9A-Za-z]{32}$/);
      expect(parseKey(key.text)).toEqual(key);
      expect(hasValidChecksum(key)).toBe(true);
    }),
  );
});

test('the 26 characters of a key are those that its random argument chose', () => {
  const bounds: number[] = [];
  for (const [number, character] of [...BASE62].entries()) {
    const { text } = generateKey('test', (bound) => {
      bounds.push(bound);
      return number;
    });
    expect(text.slice(0, -6)).toBe(`hk_test_${character.repeat(26)}`);
  }
  expect(bounds).toEqual(new Array(62 * 26).fill(62));
});

// No name may hold a whole key: the suite looks for keys in what it prints.
const BODY = 'a'.repeat(32);
test.each([
  ['nothing', ''],
  ['a prefix alone', 'hk_live_'],
  ['31 characters', `hk_live_${BODY.slice(1)}`],
  ['33 characters', `hk_live_${BODY}a`],
  ['no prefix', BODY],
  ['an unknown environment', `hk_prod_${BODY}`],
  ['the name of an environment', `hk_production_${BODY}`],
  ['the name of an object property', `hk_constructor_${BODY}`],
  ['an upper-case prefix', `HK_LIVE_${BODY}`],
  ['a foreign prefix', `sk_live_${BODY}`],
  ['a prefix that does not end', `hk_live${BODY}`],
  ['hyphens', `hk-live-${BODY}`],
  ['base64 in the body', `hk_live_+/${BODY.slice(2)}`],
  ['an underscore in the body', `hk_live__${BODY.slice(1)}`],
  ['a letter beyond ASCII', `hk_live_é${BODY.slice(1)}`],
  ['a digit beyond ASCII', `hk_live_٣${BODY.slice(1)}`],
  ['a zero byte', `hk_live_\0${BODY.slice(1)}`],
  ['a space before', ` hk_live_${BODY}`],
  ['a space after', `hk_live_${BODY} `],
  ['a line feed after', `hk_live_${BODY}\n`],
  ['a key in the second line', `x\nhk_live_${BODY}`],
])('%s is not a key', (_, text) => {
  expect(parseKey(text)).toBeUndefined();
});

test('the checksum detects a change of any single character', () => {
  fc.assert(
    fc.property(keys, fc.nat(), (key, place) => {
      const index = place % key.text.length;
      const changes = [...BASE62, '_', '-'].filter((character) => character !== key.text[index]);
      const undetected = changes.filter((character) => {
        const read = parseKey(altered(key.text, index, character));
        return read !== undefined && hasValidChecksum(read);
      });
      expect(undetected).toEqual([]);
    }),
  );
});

test('a key moved to another environment has no valid checksum', () => {
  const moved = parseKey(generateKey('test', counting()).text.replace('test', 'live'));
  expect(moved?.environment).toBe('production');
  expect(moved && hasValidChecksum(moved)).toBe(false);
});

test('the key_id depends on the prefix and the public id only', () => {
  fc.assert(
    fc.property(keys, fc.nat(31), fc.constantFrom(...BASE62), (key, place, character) => {
      const index = key.text.length - 32 + place;
      const other = parseKey(altered(key.text, index, character));
      const same = place >= 7 || character === key.text[index];
      expect(other?.keyId === key.keyId).toBe(same);
    }),
  );
});

test('an unused key_id has the form of a key_id, and is another for each secret', () => {
  fc.assert(
    fc.property(keys, keys, (key, other) => {
      fc.pre(key.text !== other.text);
      const id = unusedKeyId(key);
      expect(isKeyId(id)).toBe(true);
      expect(id).not.toBe(key.keyId);
      expect(id).not.toBe(unusedKeyId(other));
    }),
  );
});

test('the mask shows the prefix, three characters and three asterisks', () => {
  fc.assert(
    fc.property(keys, (key) => {
      const mask = maskKey(key);
      expect(mask).toMatch(/^hk_(live|test|dev)_[0-9A-Za-z]{3}\*\*\*$/);
      expect(key.text.startsWith(mask.slice(0, -3))).toBe(true);
    }),
  );
});

test('a prefix is the mask of every key that begins like it, with or without the asterisks', () => {
  fc.assert(
    fc.property(keys, (key) => {
      const mask = maskKey(key);
      expect(parsePrefix(mask)).toBe(mask);
      expect(parsePrefix(mask.slice(0, -3))).toBe(mask);
      expect(parsePrefix(key.text)).toBeUndefined();
    }),
  );
});

test.each([
  ...['', 'hk_live_', 'hk_live_Ab', 'hk_live_AbC*', 'hk_prod_AbC', 'AbC', 'hk_live_A-C***'],
  ...[' hk_live_AbC***', 'hk_live_AbC*** ', 'hk_live_AbC***\n'],
])('%j is not a prefix', (text) => {
  expect(parsePrefix(text)).toBeUndefined();
});

test('the log names a key by its id and its mask, and says of a foreign one if it is real', () => {
  const key = generateKey('test', counting());
  const labels = { key_id: key.keyId, key_prefix: 'hk_test_012***' };
  const guess = parseKey(altered(key.text, key.text.length - 1, 'x'));
  expect(labelsOf(key)).toEqual(labels);
  expect(foreignLabelsOf(key)).toEqual({ ...labels, valid_checksum: true });
  expect(guess && foreignLabelsOf(guess)).toEqual({ ...labels, valid_checksum: false });
});

test.each([
  ['hk_', true],
  ['hk_live_x', true],
  ['a hk_live_x', false],
  ['sk_live_x', false],
])('%j is meant as one of our keys: %p', (text, isMeant) => {
  expect(isOurs(text)).toBe(isMeant);
});

const ID = 'fb97fb21-91e2-5774-8ea5-f28e4b22a372';
test.each([
  [ID, true],
  [ID.toUpperCase(), true],
  [`${ID}0`, false],
  [`0${ID}`, false],
  [ID.slice(1), false],
  [ID.slice(0, -1), false],
  [ID.replaceAll('-', ''), false],
  [ID.replace('-91e2', ''), false],
  [ID.replace('91e2', '91e'), false],
  [ID.replace('f', 'g'), false],
  [`${ID.slice(0, -1)}g`, false],
  [ID.replace('91e2', '91g2'), false],
  [`${ID}\n`, false],
])('%j is a key_id: %p', (text, isId) => {
  expect(isKeyId(text)).toBe(isId);
});

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789ABCD_-E';
test.each([
  ['hk_live_AbCdef', 'hk_live_AbC***'],
  ['<hk_test_0123> hk_dev_Abcd,', '<hk_test_012***> hk_dev_Abc***,'],
  ['hk_live_AbC', 'hk_live_AbC'],
  ['hk_live_AbC-def', 'hk_live_AbC-def'],
  ['hk_prod_AbCdef', 'hk_prod_AbCdef'],
  [`hkt_${LETTERS} and hkt_${LETTERS}`, 'hkt_abc*** and hkt_abc***'],
  [`hkt_-_0${LETTERS.slice(3)}`, 'hkt_-_0***'],
  [`hkt_${LETTERS.slice(1)}`, `hkt_${LETTERS.slice(1)}`],
  [`hkt_${LETTERS}xy`, 'hkt_abc***xy'],
])('%j is masked as %j', (text, masked) => {
  expect(maskKeysIn(text)).toBe(masked);
});

const KEY = `hk_live_AbC${'d'.repeat(29)}`;
const TOKEN = `hkt_xyz${'-'.repeat(40)}`;
test.each([
  ['two keys without a space between them', KEY + KEY, 'hk_live_AbC***hk_live_AbC***'],
  ['a key before a named token', KEY + TOKEN, 'hk_live_AbC***hkt_xyz***'],
  ['a named token before a key', TOKEN + KEY, 'hkt_xyz***hk_live_AbC***'],
  ['a key after the start of another', `hk_dev_Ab${KEY}`, 'hk_dev_Abhk_live_AbC***'],
  ['a key after a part of another', `hk_dev_AbCde${KEY}`, 'hk_dev_AbC***hk_live_AbC***'],
  ['a key after a part of a named token', `hkt_xyz-${KEY}`, 'hkt_xyz-hk_live_AbC***'],
])('masks %s', (_, text, masked) => {
  expect(maskKeysIn(text)).toBe(masked);
});
