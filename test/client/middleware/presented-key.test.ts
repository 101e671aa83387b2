import { expect, test } from '@jest/globals';
import { presentedKey } from '../../../client/src/middleware/presented-key.ts';

const KEY = 'hk_live_a';
const JWT = 'eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl';

test.each<[string, Record<string, string>, string | undefined]>([
  ['nothing without headers', {}, undefined],
  ['nothing of empty headers', { authorization: '', 'x-api-key': ' ' }, undefined],
  ['nothing of another scheme', { authorization: 'Basic aGs6' }, undefined],
  ['nothing of a scheme alone', { authorization: 'Bearer ' }, undefined],
  ['nothing without a scheme', { authorization: KEY }, undefined],
  ['the bearer token', { authorization: `Bearer ${KEY}` }, KEY],
  [
    'the bearer token, whatever the case and the spaces',
    { authorization: ` bEARER  ${KEY} ` },
    KEY,
  ],
  ['X-API-Key', { 'x-api-key': ` ${KEY} ` }, KEY],
  ['X-API-Key beside another scheme', { authorization: 'Basic aGs6', 'x-api-key': KEY }, KEY],
  ['X-API-Key beside a JWT', { authorization: `Bearer ${JWT}`, 'x-api-key': KEY }, KEY],
  ['a key before X-API-Key', { authorization: `Bearer ${KEY}`, 'x-api-key': 'other' }, KEY],
  ['a JWT if there is nothing else', { authorization: `Bearer ${JWT}` }, JWT],
  ['two headers as one', { authorization: `Bearer ${KEY}, Bearer b` }, `${KEY}, Bearer b`],
])('takes %s', (_, headers, expected) => {
  expect(presentedKey((name) => headers[name])).toBe(expected);
});
