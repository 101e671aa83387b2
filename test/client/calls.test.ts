import { expect, test } from '@jest/globals';
import { AuthUnavailable } from '../../client/src/errors.ts';
import { createScripted, LEASE_MS, resultsNow, UNAVAILABLE, VALID } from './scripted-service.ts';

test('tells only those of a failed call who began before it, and asks again for the rest', async () => {
  const { asked, begin, call } = createScripted();
  const before = await begin(2);
  const after = await begin(1);
  await call(0).fail();
  expect(await resultsNow([...before, ...after])).toEqual([UNAVAILABLE, UNAVAILABLE, undefined]);
  expect(asked()).toEqual([2, undefined]);
  await call(1).accept();
  expect(await resultsNow(after)).toEqual([VALID]);
});

test('gives a call the time that is left to the first who waits for it', async () => {
  const { time, begin, call } = createScripted();
  await begin(1);
  time.advance(100.5);
  await begin(1);
  time.advance(100);
  await begin(1);
  time.advance(30);
  await call(0).accept();
  expect([call(0).timeoutMs, call(1).timeoutMs]).toEqual([5000, 4870]);
});

test('gives up those whose time is over when a call ends', async () => {
  const { time, asked, begin, call } = createScripted();
  const first = await begin(1);
  const second = await begin(1);
  time.advance(10);
  const third = await begin(1);
  time.advance(4990);
  await call(0).fail();
  expect(await resultsNow([...first, ...second, ...third])).toEqual([
    UNAVAILABLE,
    expect.objectContaining({ message: 'The API-key service did not answer within 5000 ms' }),
    undefined,
  ]);
  expect(asked()).toHaveLength(2);
  expect(call(1).timeoutMs).toBe(10);
});

test('makes a call for newcomers beside one that is overdue, each time later', async () => {
  const { time, asked, begin } = createScripted();
  const madeAt: number[] = [];
  for (let at = 0; at < 5000; at += 10) {
    const before = asked().length;
    await begin(1);
    if (asked().length > before) madeAt.push(at);
    time.advance(10);
  }
  expect(madeAt).toEqual([0, 250, 750, 1750, 3750]);
});

test('waits for a call four times as long as the last one took', async () => {
  const { time, asked, begin, call } = createScripted();
  await begin(1);
  time.advance(100);
  await call(0).accept();
  await begin(1);
  time.advance(399);
  await begin(1);
  expect(asked()).toHaveLength(2);
  time.advance(1);
  await begin(1);
  expect(asked()).toHaveLength(3);
});

test('does not wait longer because an overdue call was answered after a later one', async () => {
  const { time, asked, begin, call } = createScripted();
  await begin(1);
  time.advance(1000);
  await begin(1);
  await call(1).accept();
  await call(0).accept();
  await begin(1);
  time.advance(250);
  await begin(1);
  expect(asked()).toHaveLength(4);
});

test('answers newcomers from a call beside an overdue one, whose callers stay with it', async () => {
  const { time, asked, begin, call } = createScripted();
  const overdue = await begin(2);
  time.advance(300);
  const newcomers = await begin(2);
  await call(1).accept();
  expect(await resultsNow([...overdue, ...newcomers])).toEqual([
    undefined,
    undefined,
    VALID,
    VALID,
  ]);
  time.advance(LEASE_MS - 301);
  await call(0).accept();
  expect(await resultsNow(overdue)).toEqual([VALID, VALID]);
  expect(asked()).toEqual([2, 2]);
});

test('asks again for those of an overdue call whom its answer does not serve', async () => {
  const { time, asked, begin, call } = createScripted();
  const overdue = await begin(2);
  time.advance(300);
  await begin(2);
  time.advance(LEASE_MS - 300);
  await call(0).accept();
  expect(await resultsNow(overdue)).toEqual([VALID, undefined]);
  expect(asked()).toEqual([2, 2, undefined]);
  expect(call(2).timeoutMs).toBe(4000);
});

/** Lets calls fail in a row, each for one caller. */
async function withFailures(count: number, error = UNAVAILABLE) {
  const scripted = createScripted();
  for (let i = 0; i < count; i++) {
    await scripted.begin(1);
    await scripted.call(i).fail(error);
  }
  return scripted;
}

test('asks for the next caller after one failure', async () => {
  const { asked, begin } = await withFailures(1);
  expect(await resultsNow(await begin(1))).toEqual([undefined]);
  expect(asked()).toHaveLength(2);
});

test('shares the second failure in a row for a moment, with those who wait too', async () => {
  const { time, asked, begin, call } = await withFailures(1);
  const begun = [...(await begin(1)), ...(await begin(1))];
  await call(1).fail();
  time.advance(49);
  begun.push(...(await begin(2)));
  expect(await resultsNow(begun)).toEqual(begun.map(() => UNAVAILABLE));
  time.advance(51);
  await begin(1);
  expect(asked()).toHaveLength(3);
});

test('asks for each caller again after an answer', async () => {
  const { time, asked, begin, call } = await withFailures(2);
  time.advance(100);
  await begin(1);
  await call(2).accept();
  await begin(1);
  await call(3).fail();
  await begin(1);
  expect(asked()).toHaveLength(5);
});

test('counts failures of calls that were in flight together as one', async () => {
  const { time, asked, begin, call } = createScripted();
  for (let i = 0; i < 3; i++) {
    await begin(1);
    time.advance(1000);
  }
  expect(asked()).toHaveLength(3);
  for (let i = 0; i < 3; i++) await call(i).fail();
  await begin(1);
  expect(asked()).toHaveLength(4);
});

test.each([
  [2, 1999],
  [60, 4999],
])('obeys a Retry-After of %d s for up to 5 s', async (retryAfter, pausedMs) => {
  const busy = new AuthUnavailable('Busy', { status: 503, retryAfter });
  const { time, asked, begin } = await withFailures(1, busy);
  time.advance(pausedMs);
  expect(await resultsNow(await begin(1))).toEqual([busy]);
  time.advance(1);
  await begin(1);
  expect(asked()).toHaveLength(2);
});

test('asks for no renewal while calls are paused', async () => {
  const { time, asked, begin, call } = createScripted();
  await begin(50);
  await call(0).answer({ validation: VALID, lease: { requests: 100, milliseconds: LEASE_MS } });
  time.advance(LEASE_MS - 19);
  await begin(1);
  await call(1).fail();
  await begin(1);
  await call(2).fail();
  expect(await resultsNow(await begin(1))).toEqual([VALID]);
  expect(asked()).toHaveLength(3);
});
