import { randomInt } from 'node:crypto';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { expect, test } from '@jest/globals';
import { generateKey, maskKey } from '../../lib/domain/key.ts';
import { findLeaks, type Searched } from './leaks.ts';

const key = generateKey('production', randomInt);
const secret = key.text.slice(-25, -6);
const search = (where: Partial<Searched>) =>
  findLeaks({ issued: [key.text, 'an-admin-token'], lines: [], items: [], ...where });
const bytes = (text: string) => new Uint8Array(Buffer.from(text));

test.each<[string, AttributeValue]>([
  ['text', { S: `of ${key.text}` }],
  ['the secret part in text', { S: secret }],
  ['a list', { L: [{ S: 'a' }, { S: key.text }] }],
  ['a map', { M: { deep: { L: [{ M: { er: { S: secret } } }] } } }],
  ['the name of an attribute of a map', { M: { [key.text]: { BOOL: true } } }],
  ['a set', { SS: ['a', key.text] }],
  ['a binary', { B: bytes(`\u0000é${key.text}`) }],
  ['the secret part in a binary', { B: bytes(secret) }],
  ['a set of binaries', { BS: [bytes('a'), bytes(key.text)] }],
  ['a binary in a map', { M: { deep: { B: bytes(key.text) } } }],
  ['a token in a binary', { B: bytes('"an-admin-token"') }],
])('finds a key in an item as %s', (_, attribute) => {
  const clean = { key_id: { S: 'x' }, hash: { S: '$2b$04$of' }, digest: { B: bytes('digest') } };
  expect(search({ items: [clean] })).toEqual([]);
  expect(search({ items: [clean, { ...clean, attribute }] })).toHaveLength(1);
});

test('finds a full key in an item although it was not issued', () => {
  const other = generateKey('test', randomInt).text;
  expect(search({ items: [{ attribute: { B: bytes(other) } }] })).toHaveLength(1);
});

test('finds a key, a secret part, a token and a hash in a line, but no masked key', () => {
  const leaking = [
    `a ${key.text}`,
    `{"x":"${secret}"}`,
    'Bearer an-admin-token',
    '$2b$12$abcdefghijklmnopqrstuv',
  ];
  expect(search({ lines: [...leaking, `{"key_prefix":"${maskKey(key)}"}`, ''] })).toEqual(leaking);
});
