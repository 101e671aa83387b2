import { expect, test } from '@jest/globals';
import { FIXED_HEADERS } from '../support/headers.ts';
import { checkAnswer, isParsersRefusal, type Read } from './checks.ts';
import type { Known } from './names.ts';

// Neither is a key or token that was issued.
const KEY = `hk_live_AbC${'d'.repeat(29)}`;
const KNOWN: Known = {
  admin: 'the-admin-token',
  auditor: 'the-auditors-token',
  service: 'the-services-token',
  keys: [KEY],
  ids: ['5d0c8f9a-0c1e-5b7a-9a50-3a0a4b6d2f11'],
  cursor: '',
};
const HEADERS = { ...FIXED_HEADERS, 'x-request-id': 'id' };
const { 'x-frame-options': _, ...WITHOUT_ONE } = HEADERS;
const REVOKED = '{"message":"API key revoked successfully"}';
const PROBLEM = { type: 'about:blank', title: 'Bad Request', status: 400 };

/** The revocation of a key with a token, and its answer. */
function check(token: string, status: number, headers: Record<string, string>, body: string): void {
  const read: Read = {
    method: 'DELETE',
    target: `/api/v1/keys/${KNOWN.ids[0]}`,
    headers: [['Authorization', `Bearer ${token}`]],
    body: '',
  };
  checkAnswer(read, { status, headers, body: Buffer.from(body) }, KNOWN);
}

test('accepts an answer as documented', () => {
  expect(() => check(KNOWN.admin, 200, HEADERS, REVOKED)).not.toThrow();
});

test.each([
  ['a 5xx', 503, HEADERS, '{}', 'answered 503'],
  ['a status that is not in the document', 202, HEADERS, REVOKED, 'the status'],
  ['a body that is not in the document', 200, HEADERS, '{"message":"done"}', 'equal to constant'],
  ['a body that is not JSON', 200, HEADERS, 'done', 'not JSON'],
  ['a missing header', 200, WITHOUT_ONE, REVOKED, 'x-frame-options'],
  ['no request id', 200, FIXED_HEADERS, REVOKED, 'without X-Request-Id'],
  [
    'a key',
    400,
    { ...HEADERS, 'content-type': 'application/problem+json' },
    JSON.stringify({ ...PROBLEM, detail: KEY }),
    'with a secret',
  ],
])('finds %s', (_, status, headers, body, message) => {
  expect(() => check(KNOWN.admin, status, headers, body)).toThrow(message);
});

test.each([KNOWN.auditor, KNOWN.service, KEY, 'other'])(
  'finds that a revocation is carried out with %s',
  (token) => {
    expect(() => check(token, 200, HEADERS, REVOKED)).toThrow('without credentials that suffice');
  },
);

test.each([
  [400, {}, true],
  [431, { connection: 'close' }, true],
  [400, HEADERS, false],
  [404, {}, false],
  [500, {}, false],
])('tells an answer of node:http by its status and headers: %d %j', (status, headers, isOwn) => {
  expect(isParsersRefusal({ status, headers, body: Buffer.alloc(0) })).toBe(isOwn);
});
