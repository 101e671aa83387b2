import { expect, test } from '@jest/globals';
import { auditFields, changesBetween, isOldName, versionIn } from '../../lib/domain/audit-entry.ts';
import { generateKey } from '../../lib/domain/key.ts';
import type { Origin } from '../../lib/domain/origin.ts';
import { NOW } from './fixtures.ts';

const ORIGIN: Origin = {
  principal: { kind: 'admin', token: { name: 'admin', version: 'v1' } },
  now: NOW,
  sourceIp: '192.0.2.1',
  userAgent: 'curl/8',
  requestId: 'request',
};

test('an entry says what was changed, when, by whom, from where and why', () => {
  const changes = { name: { old: 'a', new: 'b' } };
  const origin = { ...ORIGIN, reason: 'renamed' };
  expect(auditFields('key', 7, 'update', changes, origin)).toEqual({
    key_id: 'key',
    at: 'version:0000000007#request',
    time: '2026-11-23T18:30:00.000Z',
    day: '2026-11-23',
    action: 'update',
    changes,
    actor: 'admin',
    token_version: 'v1',
    source_ip: '192.0.2.1',
    user_agent: 'curl/8',
    request_id: 'request',
    reason: 'renamed',
  });
});

test('an entry without a token names the kind of its sender, and one without a reason has none', () => {
  const entry = auditFields('key', 'last', 'revoke', {}, { ...ORIGIN, principal: { kind: 'key' } });
  expect(entry).toMatchObject({ at: 'version:last#request', actor: 'key' });
  expect(Object.keys(entry)).not.toEqual(expect.arrayContaining(['token_version']));
  expect(Object.keys(entry)).not.toEqual(expect.arrayContaining(['reason']));
});

const userAgentOf = (userAgent: string) =>
  auditFields('key', 1, 'create', {}, { ...ORIGIN, userAgent }).user_agent;

test('a user agent is cut at 200 characters, keys in it are masked, and half characters replaced', () => {
  const key = generateKey('production', () => 0);
  expect(userAgentOf('x'.repeat(201))).toBe('x'.repeat(200));
  expect(userAgentOf(`a ${key.text}`)).toBe('a hk_live_000***');
  expect(userAgentOf(`${'x'.repeat(199)}😀`)).toBe(`${'x'.repeat(199)}\ufffd`);
});

test('the changes are the fields that differ; a field that did not exist was null', () => {
  expect(
    changesBetween(
      { name: 'a', scopes: ['x'], same: [1], key_id: '1', version: 1, last_used_at: null },
      {
        name: 'b',
        scopes: ['y'],
        same: [1],
        key_id: '2',
        version: 2,
        last_used_at: 'now',
        more: 1,
      },
    ),
  ).toEqual({
    name: { old: 'a', new: 'b' },
    scopes: { old: ['x'], new: ['y'] },
    more: { old: null, new: 1 },
  });
});

test.each([
  ['version:0000000007#request', 7, false],
  ['version:last#request', 'last', false],
  ['version:last', undefined, false],
  ['version:000000007#request', undefined, false],
  ['version:00000000070#request', undefined, false],
  ['version:xxxxxxxxxx#request', undefined, false],
  ['a version:0000000007#request', undefined, false],
  ['2026-11-23T18:30:00.000Z#request', undefined, true],
  ['a 2026-11-23T18:30:00.000Z#request', undefined, false],
  ['2026-11-23T18:30:00.000Z', undefined, false],
  ['2026-11-23 18:30:00.000Z#request', undefined, false],
  ['2026-11-23TZ#request', undefined, false],
  ['2026-11-23Txx:30:00.000Z#request', undefined, false],
  ['206-11-23T18:30:00.000Z#request', undefined, false],
  ['2026-1-23T18:30:00.000Z#request', undefined, false],
  ['2026-11-3T18:30:00.000Z#request', undefined, false],
  ['xxxx-11-23T18:30:00.000Z#request', undefined, false],
  ['2026-xx-23T18:30:00.000Z#request', undefined, false],
  ['2026-11-xxT18:30:00.000Z#request', undefined, false],
])('the entry %s has the version %p, and an old name: %p', (name, version, isOld) => {
  expect(versionIn(name)).toBe(version);
  expect(isOldName(name)).toBe(isOld);
});
