import { expect, test } from '@jest/globals';
import { FIXED_HEADERS } from '../headers.ts';
import { checkExchange, type Exchange } from './check.ts';
import { operations } from './document.ts';
import { featuresOf } from './features.ts';
import { findUnseen } from './unseen.ts';

const KEY_ID = '5d0c8f9a-0c1e-5b7a-9a50-3a0a4b6d2f11';
const HEADERS = { ...FIXED_HEADERS, 'x-request-id': 'id' };
const REVOCATION: Exchange = {
  method: 'DELETE',
  target: `/api/v1/keys/${KEY_ID}`,
  sent: '{"reason": "leaked"}',
  status: 200,
  headers: HEADERS,
  body: { message: 'API key revoked successfully' },
};
const LISTING: Exchange = {
  method: 'GET',
  target: '/api/v1/keys?limit=5&active_only=True',
  status: 200,
  headers: HEADERS,
  body: [],
};
const { 'x-request-id': _, ...WITHOUT_ID } = HEADERS;

test.each([
  ['a documented answer', REVOCATION],
  ['a request without its optional body', { ...REVOCATION, sent: undefined }],
  ['an unknown field that is null', { ...REVOCATION, sent: '{"other": null}' }],
  ['documented parameters', LISTING],
  ['a path that does not exist', { ...LISTING, target: '/x', status: 404 }],
])('accepts %s', (_, exchange) => {
  expect(() => checkExchange(exchange)).not.toThrow();
});

test.each<[string, string, Exchange]>([
  ['a status', 'the status', { ...REVOCATION, status: 202 }],
  [
    'a field',
    'additional properties',
    { ...REVOCATION, body: { ...Object(REVOCATION.body), x: 1 } },
  ],
  ['a value', 'equal to constant', { ...REVOCATION, body: { message: 'revoked' } }],
  ['a missing field', 'required property', { ...REVOCATION, body: {} }],
  ['a header', 'header x-new', { ...REVOCATION, headers: { ...HEADERS, 'x-new': '1' } }],
  ['a missing header', 'header X-Request-Id', { ...REVOCATION, headers: WITHOUT_ID }],
  ['a header’s value', 'header Link', { ...LISTING, headers: { ...HEADERS, link: 'next' } }],
  [
    'a content type',
    'content type text/html',
    { ...REVOCATION, headers: { ...HEADERS, 'content-type': 'text/html' } },
  ],
  ['an accepted field', 'request body', { ...REVOCATION, sent: '{"other": 1}' }],
  ['an accepted parameter', 'parameter other=1', { ...LISTING, target: '/api/v1/keys?other=1' }],
  ['an accepted value', 'parameter limit=0', { ...LISTING, target: '/api/v1/keys?limit=0' }],
  ['a path', 'the path', { ...LISTING, target: '/x' }],
])('finds %s that the document does not have', (_, difference, exchange) => {
  expect(() => checkExchange(exchange)).toThrow(difference);
});

test('lists each part of the document that was not seen', () => {
  const all = operations.flatMap(featuresOf);
  const tested = all.filter((feature) => !/ (500|default)$|^(InternalError|Gateway)/.test(feature));
  expect(findUnseen(new Set(tested))).toEqual([]);
  const missing = [
    'DELETE /api/v1/keys/{key_id} 401',
    'DELETE /api/v1/keys/{key_id} body.reason',
    'GET /api/v1/keys ?cursor',
    'GET /api/v1/keys 200 Link',
    'ApiKeyInfo.rotated_to:null',
    'POST /api/v1/keys/validate 401.code=expired',
  ];
  expect(
    findUnseen(new Set(tested.filter((feature) => !missing.includes(feature)))).sort(),
  ).toEqual(missing.map((feature) => `never seen: ${feature}`).sort());
});

test('says when a part is listed as unseen but was seen', () => {
  expect(findUnseen(new Set(operations.flatMap(featuresOf)))).toEqual([
    'seen although it is listed as unseen: API Gateway gives these answers by itself',
    'seen although it is listed as unseen: only a defect of the service causes it',
  ]);
});
