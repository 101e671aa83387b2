import { expect, test } from '@jest/globals';
import {
  createScripted,
  LEASE_MS,
  REQUEST,
  REVOKED,
  resultsNow,
  VALID,
} from './scripted-service.ts';

/** Obtains a lease for some requests, by as many callers at once, and uses it up but for `left`. */
async function withLease(left: number) {
  const scripted = createScripted();
  const begun = await scripted.begin(2);
  await scripted.call(0).answer({
    validation: VALID,
    lease: { requests: 2 + left, milliseconds: LEASE_MS },
  });
  expect(await resultsNow(begun)).toEqual([VALID, VALID]);
  return scripted;
}

test('makes a call without a lease for a key that is seen first', async () => {
  const { asked, begin, call } = createScripted();
  const begun = await begin(1);
  expect(asked()).toEqual([undefined]);
  await call(0).accept();
  expect(await resultsNow(begun)).toEqual([VALID]);
});

test('makes one call for 1,000 callers of the same moment', async () => {
  const { asked, begin, call } = createScripted();
  const begun = await begin(1000);
  expect(asked()).toEqual([1000]);
  await call(0).accept();
  expect(await resultsNow(begun)).toEqual(begun.map(() => VALID));
  expect(asked()).toEqual([1000]);
});

test('asks again for those who wait while a call is in flight, for all of them at once', async () => {
  const { asked, begin, call } = createScripted();
  const first = await begin(1);
  const rest = await begin(3);
  await call(0).accept();
  expect(await resultsNow([...first, ...rest])).toEqual([VALID, undefined, undefined, undefined]);
  expect(asked()).toEqual([undefined, 3]);
  await call(1).accept();
  expect(await resultsNow(rest)).toEqual([VALID, VALID, VALID]);
});

test('gives the answer of a lease again, the same object each time, until it is used up', async () => {
  const { asked, begin, counters } = await withLease(2);
  const begun = await begin(3);
  expect(await resultsNow(begun)).toEqual([VALID, VALID, undefined]);
  expect(begun[0]).toBe(begun[1]);
  expect(await begun[0]).toBe(VALID);
  expect(asked()).toHaveLength(2);
  expect(counters).toMatchObject({ validations: 5, local: 2 });
});

test.each([
  ['a millisecond before its end', LEASE_MS - 1, 0, true],
  ['at its end', LEASE_MS, 0, false],
  ['when the time of day has passed its end', 10, LEASE_MS, false],
  ['when the time of day was set back', LEASE_MS - 1, -LEASE_MS, true],
  ['after its end when the time of day was set back', LEASE_MS, -LEASE_MS, false],
])('uses a lease %s: after %d ms, with the time of day changed by %d ms: %p', async (...test) => {
  const [, passed, wallOffset, isUsed] = test;
  const { time, begin } = await withLease(5);
  time.advance(passed);
  time.wallOffset = wallOffset;
  expect(await resultsNow(await begin(1))).toEqual([isUsed ? VALID : undefined]);
});

test('measures a lease from before the call, not from the answer', async () => {
  const { time, begin, call } = createScripted();
  await begin(2);
  time.advance(LEASE_MS - 1);
  await call(0).answer({ validation: VALID, lease: { requests: 9, milliseconds: LEASE_MS } });
  expect(await resultsNow(await begin(1))).toEqual([VALID]);
  time.advance(1);
  expect(await resultsNow(await begin(1))).toEqual([undefined]);
});

test('gives an answer whose lease is over to the first caller, and asks again for the rest', async () => {
  const { time, asked, begin, call } = createScripted();
  const begun = await begin(3);
  time.advance(LEASE_MS);
  await call(0).accept();
  expect(await resultsNow(begun)).toEqual([VALID, undefined, undefined]);
  expect(asked()).toEqual([3, 2]);
  await call(1).accept();
  expect(await resultsNow(begun)).toEqual([VALID, VALID, VALID]);
});

test('makes a call for each caller for ten seconds after a lease was not granted', async () => {
  const { time, asked, begin, call } = createScripted();
  const begun = await begin(2);
  await call(0).answer({ validation: VALID, lease: null });
  expect(asked()).toEqual([2, undefined]);
  await call(1).accept();
  expect(await resultsNow(begun)).toEqual([VALID, VALID]);
  time.advance(9_999);
  await begin(2);
  expect(asked().slice(2)).toEqual([undefined, undefined]);
  time.advance(1);
  await begin(2);
  expect(asked().slice(4)).toEqual([2]);
});

test('asks for no renewal after a lease was not granted', async () => {
  const { time, asked, begin, call } = await withLease(50);
  await begin(20);
  time.advance(LEASE_MS - 19);
  await begin(1);
  await call(1).answer({ validation: VALID, lease: null });
  expect(await resultsNow(await begin(1))).toEqual([VALID]);
  expect(asked()).toHaveLength(2);
});

/** Lets callers ask for leases that are over when they arrive. */
async function withLateLeases(count: number, milliseconds = LEASE_MS) {
  const scripted = createScripted();
  for (let i = 0; i < count; i++) {
    await scripted.begin(i === 0 ? count + 2 : 0);
    scripted.time.advance(milliseconds);
    const { leaseRequests: requests = 1 } = scripted.call(i);
    await scripted.call(i).answer({ validation: VALID, lease: { requests, milliseconds } });
  }
  return scripted;
}

test('makes a call for each caller for a second after three late leases, then for longer', async () => {
  const { time, asked, begin, call } = await withLateLeases(3);
  expect(asked()).toEqual([5, 4, 3, undefined, undefined]);
  time.advance(999);
  await begin(2);
  expect(asked().slice(5)).toEqual([undefined, undefined]);
  time.advance(1);
  await begin(2);
  expect(asked().slice(7)).toEqual([2]);
  time.advance(LEASE_MS);
  await call(7).accept();
  expect(asked().slice(8)).toEqual([undefined]);
  time.advance(1999);
  await begin(2);
  expect(asked().slice(9)).toEqual([undefined, undefined]);
});

test('goes on asking for leases when one of the late ones was in time', async () => {
  const { time, asked, begin, call } = await withLateLeases(2);
  await call(2).accept();
  time.advance(LEASE_MS);
  await begin(3);
  time.advance(LEASE_MS);
  await call(3).accept();
  expect(asked()).toEqual([4, 3, 2, 3, 2]);
});

test('counts late leases of calls that were in flight together as one', async () => {
  const { time, asked, begin, call } = createScripted();
  for (let i = 0; i < 3; i++) {
    await begin(3);
    time.advance(1000);
  }
  time.advance(LEASE_MS);
  expect(asked()).toEqual([3, 3, 3]);
  for (let i = 0; i < 3; i++) await call(i).accept();
  expect(asked()).toEqual([3, 3, 3, 2, 2, 2]);
});

test('goes on asking for leases when late ones are shorter than those before', async () => {
  const { time, asked, begin, call } = createScripted();
  await begin(2);
  await call(0).accept();
  const begun = await begin(6);
  for (let i = 1; i <= 3; i++) {
    time.advance(10);
    await call(i).answer({ validation: VALID, lease: { requests: 6, milliseconds: 10 } });
  }
  expect(await resultsNow(begun)).toEqual([VALID, VALID, VALID, ...Array(3).fill(undefined)]);
  expect(asked()).toEqual([2, 6, 5, 4, 3]);
});

test('gives a smaller lease than it asked for to those who waited longest', async () => {
  const { asked, begin, call } = createScripted();
  const begun = await begin(5);
  await call(0).answer({ validation: VALID, lease: { requests: 2, milliseconds: LEASE_MS } });
  expect(await resultsNow(begun)).toEqual([VALID, VALID, undefined, undefined, undefined]);
  expect(asked()).toEqual([5, 3]);
});

test('keeps the leases of different scopes, addresses, environments and keys apart', async () => {
  const { asked, begin } = await withLease(50);
  expect(await resultsNow(await begin(1))).toEqual([VALID]);
  const others = [
    { key: 'hk_live_other' },
    { scope: 'train' },
    { scope: undefined },
    { scope: '' },
    { scope: 'predict","203.0.113.10' },
    { clientIp: '203.0.113.10' },
    { environment: 'test' },
    { clientIp: 'test' },
  ];
  for (const other of others) {
    expect(await resultsNow(await begin(1, { ...REQUEST, ...other }))).toEqual([undefined]);
  }
  expect(asked()).toEqual([2, ...others.map(() => undefined)]);
});

/** Uses up a lease, so that the next one is asked for. */
async function withRenewal() {
  const scripted = await withLease(98);
  await scripted.begin(98);
  expect(scripted.asked()).toEqual([2, 88]);
  return scripted;
}

test('asks for the next lease when the current one is used up, before anybody waits', async () => {
  const { asked, begin, call } = await withRenewal();
  await call(1).accept();
  const begun = await begin(3);
  expect(await resultsNow(begun)).toEqual([VALID, VALID, VALID]);
  expect(asked()).toEqual([2, 88]);
});

test('asks for the next lease shortly before the end of one that was used more than once', async () => {
  const { time, asked, begin, call } = await withLease(50);
  time.advance(LEASE_MS - 500);
  await begin(20);
  expect(asked()).toEqual([2]);
  time.advance(481);
  await begin(1);
  expect(asked()).toEqual([2, 10]);
  await call(1).accept();
  // The older lease ends first, the newer takes over.
  time.advance(19);
  expect(await resultsNow(await begin(1))).toEqual([VALID]);
});

test('keeps a lease when its renewal has no answer, and asks again', async () => {
  const { time, asked, begin, call } = await withLease(50);
  await begin(20);
  time.advance(LEASE_MS - 19);
  await begin(1);
  await call(1).fail();
  expect(await resultsNow(await begin(1))).toEqual([VALID]);
  expect(asked()).toHaveLength(3);
});

test('gives no renewal that is over when it arrives to those who began after it', async () => {
  const { time, asked, begin, call } = await withRenewal();
  const late = await begin(1);
  time.advance(LEASE_MS);
  await call(1).accept();
  expect(await resultsNow(late)).toEqual([undefined]);
  expect(asked()).toEqual([2, 88, 14]);
});

test('drops a lease when its renewal is refused, and shares no answer with later callers', async () => {
  const { asked, begin, call } = await withRenewal();
  const late = await begin(2);
  await call(1).answer({ validation: REVOKED });
  expect(await resultsNow(late)).toEqual([undefined, undefined]);
  expect(asked()).toEqual([2, 88, 2]);
  await call(2).answer({ validation: REVOKED });
  expect(await resultsNow(late)).toEqual([REVOKED, REVOKED]);
});
