import { expect, test } from '@jest/globals';
import { AuthUnavailable } from '../../client/src/errors.ts';
import type { UnavailableEvent, ValidateEvent } from '../../client/src/types.ts';
import {
  createScripted,
  limited,
  REQUEST,
  REVOKED,
  resultsNow,
  UNAVAILABLE,
  VALID,
} from './scripted-service.ts';
import { settled } from './virtual-time.ts';

test('rejects with the error if there is no answer', async () => {
  const { validator, call, begin } = createScripted();
  const rejected = expect(validator.validate(REQUEST)).rejects.toBe(UNAVAILABLE);
  await begin(0);
  await call(0).fail();
  await rejected;
});

test('makes a call for every validation without leases', async () => {
  const { asked, begin, call } = createScripted({ leases: false });
  const begun = await begin(3);
  expect(asked()).toEqual([undefined, undefined, undefined]);
  await call(1).answer({ validation: limited(120) });
  await call(2).fail();
  expect(await resultsNow(begun)).toEqual([undefined, limited(120), UNAVAILABLE]);
  expect(await resultsNow(await begin(1))).toEqual([undefined]);
});

test.each([
  ['an empty text', ''],
  ['undefined', undefined],
  ['null', null],
  ['a number', 5],
  ['a list with a key', ['hk_live_key']],
  ['a line break at its end', 'hk_live_key\n'],
  ['a letter outside ASCII', 'hk_live_ké'],
  ['a space', 'hk live'],
  ['another prefix', 'pk_live_key'],
  ['the prefix alone', 'hk_'],
  ['what a firewall may block', 'hk_live/../../etc/passwd'],
  ['more than 256 characters', `hk_${'k'.repeat(254)}`],
])('refuses %s as a key without a call', async (_, key) => {
  const { asked, begin, validator } = createScripted();
  const refused = {
    valid: false,
    status: 401,
    code: 'invalid_key',
    error: 'Invalid API key',
    headers: {},
  };
  // A caller without types may pass anything.
  const request = { ...REQUEST, key: key as string };
  expect(await resultsNow(await begin(1, request))).toEqual([refused]);
  expect(await validator.validate(request)).toEqual(refused);
  expect(asked()).toEqual([]);
});

test('asks for a key of 256 characters', async () => {
  const { asked, begin } = createScripted();
  await begin(1, { ...REQUEST, key: `hk_${'k'.repeat(253)}` });
  expect(asked()).toHaveLength(1);
});

test('lets nobody fail open for an error that is no outage', async () => {
  const failures: UnavailableEvent[] = [];
  const { validator, counters, begin, call } = createScripted({
    onUnavailable: (event) => failures.push(event),
  });
  const rejected = new AuthUnavailable('Not accepted', { status: 400, isOutage: false });
  const result = validator.check(REQUEST, true);
  await begin(0);
  await call(0).fail(rejected);
  expect(await result).toBe(rejected);
  validator.close();
  expect(await validator.check(REQUEST, true)).toMatchObject({
    message: 'The client is closed',
    isOutage: false,
  });
  expect(failures.map(({ failedOpen }) => failedOpen)).toEqual([false, false]);
  expect(counters).toMatchObject({ unavailable: 2, failedOpen: 0 });
});

test('fails once it is closed, and still answers those who wait', async () => {
  const { validator, begin, call, asked } = createScripted();
  const begun = await begin(1);
  validator.close();
  await expect(validator.validate(REQUEST)).rejects.toThrow('The client is closed');
  await call(0).accept();
  expect(await resultsNow(begun)).toEqual([VALID]);
  expect(asked()).toHaveLength(1);
});

test('tells hooks of each decision and each failure', async () => {
  const decisions: ValidateEvent[] = [];
  const failures: UnavailableEvent[] = [];
  const { validator, time, counters, begin, call } = createScripted({
    onValidate: (event) => decisions.push(event),
    onUnavailable: (event) => failures.push(event),
  });
  await begin(2);
  time.advance(5);
  await call(0).answer({ validation: VALID, lease: { requests: 3, milliseconds: 100 } });
  await begin(1);
  time.advance(100);
  await begin(1);
  await call(1).answer({ validation: REVOKED });
  validator.check(REQUEST, true);
  await begin(1);
  time.advance(7);
  await call(2).fail();

  const valid = { 'hokusai.auth.outcome': 'valid' };
  const revoked = { 'hokusai.auth.outcome': 'revoked', 'error.type': 'revoked' };
  const notLocal = { 'hokusai.auth.local': false };
  const awaited = {
    outcome: 'valid',
    local: false,
    durationMs: 5,
    keyId: VALID.keyId,
    attributes: { ...valid, ...notLocal },
  };
  expect(decisions).toEqual([
    awaited,
    awaited,
    {
      outcome: 'valid',
      local: true,
      durationMs: 0,
      keyId: VALID.keyId,
      attributes: { ...valid, 'hokusai.auth.local': true },
    },
    { outcome: 'revoked', local: false, durationMs: 0, attributes: { ...revoked, ...notLocal } },
  ]);
  expect(failures).toEqual([
    { error: UNAVAILABLE, durationMs: 7, failedOpen: true },
    { error: UNAVAILABLE, durationMs: 7, failedOpen: false },
  ]);
  expect(counters).toMatchObject({ validations: 6, local: 1, unavailable: 2, failedOpen: 1 });
});

test.each([
  [
    'throws',
    () => {
      throw new Error('of a hook');
    },
  ],
  ['rejects', () => Promise.reject(new Error('of a hook'))],
])('answers although a hook %s', async (_, hook) => {
  const { begin, call } = createScripted({ onValidate: hook, onUnavailable: hook });
  const begun = [...(await begin(1)), ...(await begin(1))];
  await call(0).accept();
  await call(1).fail();
  expect(await resultsNow(begun)).toEqual([VALID, UNAVAILABLE]);
});

test('remembers the 10,000 combinations used last', async () => {
  const { asked, begin, call, validator } = createScripted();
  await begin(2);
  await call(0).answer({ validation: VALID, lease: { requests: 9, milliseconds: 60_000 } });
  const others = async (from: number, to: number) => {
    for (let i = from; i < to; i++) {
      void validator.check({ ...REQUEST, clientIp: String(i) }, false);
    }
    await settled();
  };
  await others(0, 9_999);
  expect(await resultsNow(await begin(1))).toEqual([VALID]);
  await others(9_999, 19_998);
  expect(await resultsNow(await begin(1))).toEqual([VALID]);
  await others(19_998, 29_998);
  expect(await resultsNow(await begin(1))).toEqual([undefined]);
  expect(asked()).toHaveLength(1 + 29_998 + 1);
});
