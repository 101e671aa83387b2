import { expect, test } from '@jest/globals';
import { createScripted, limited, REVOKED, resultsNow, VALID } from './scripted-service.ts';

const LIMITED = limited(120);

test('shares a refusal among those who began before the call was sent, and asks for the rest', async () => {
  const { asked, begin, call } = createScripted();
  const before = await begin(2);
  const after = await begin(2);
  await call(0).answer({ validation: REVOKED });
  expect(await resultsNow([...before, ...after])).toEqual([REVOKED, REVOKED, undefined, undefined]);
  expect(asked()).toEqual([2, 2]);
  await call(1).accept();
  expect(await resultsNow(after)).toEqual([VALID, VALID]);
});

test('drops the leases of a refused key', async () => {
  const { time, asked, begin, call } = createScripted();
  await begin(20);
  await call(0).answer({ validation: VALID, lease: { requests: 50, milliseconds: 1000 } });
  time.advance(981);
  expect(await resultsNow(await begin(1))).toEqual([VALID]);
  await call(1).answer({ validation: REVOKED });
  expect(await resultsNow(await begin(1))).toEqual([undefined]);
  expect(asked()).toHaveLength(3);
});

test('remembers no 401', async () => {
  const { asked, begin, call } = createScripted();
  await begin(1);
  await call(0).answer({ validation: REVOKED });
  await begin(1);
  expect(asked()).toEqual([undefined, undefined]);
});

test('remembers a 429 for half a second from before the call', async () => {
  const { time, asked, begin, call, counters } = createScripted();
  const before = await begin(1);
  const after = await begin(1);
  time.advance(100);
  await call(0).answer({ validation: LIMITED });
  time.advance(399);
  const later = await begin(1);
  expect(await resultsNow([...before, ...after, ...later])).toEqual([LIMITED, LIMITED, LIMITED]);
  expect(counters).toMatchObject({ validations: 3, local: 1 });
  time.advance(1);
  expect(await resultsNow(await begin(1))).toEqual([undefined]);
  expect(asked()).toHaveLength(2);
});

test.each([
  ['the limit resets within two seconds', limited(1), 0],
  ['the answer took half a second', LIMITED, 500],
])('remembers no 429 if %s', async (_, refusal, took) => {
  const { time, asked, begin, call } = createScripted();
  const before = await begin(2);
  const after = await begin(1);
  time.advance(took);
  await call(0).answer({ validation: refusal });
  expect(await resultsNow([...before, ...after])).toEqual([refusal, refusal, undefined]);
  expect(asked()).toEqual([2, undefined]);
});

test('uses a lease while its renewal is refused with 429, because its requests are counted', async () => {
  const { time, asked, begin, call } = createScripted();
  await begin(20);
  await call(0).answer({ validation: VALID, lease: { requests: 50, milliseconds: 1000 } });
  time.advance(981);
  await begin(1);
  await call(1).answer({ validation: LIMITED });
  expect(await resultsNow(await begin(1))).toEqual([VALID]);
  time.advance(19);
  expect(await resultsNow(await begin(1))).toEqual([LIMITED]);
  expect(asked()).toHaveLength(2);
});

test('forgets a 429 when the key is accepted again', async () => {
  const { time, begin, call } = createScripted();
  await begin(1);
  await call(0).answer({ validation: LIMITED });
  time.advance(500);
  const begun = await begin(2);
  await call(1).accept();
  expect(await resultsNow([...begun, ...(await begin(1))])).toEqual([VALID, VALID, undefined]);
});

test('remembers a 429 also while leases are declined', async () => {
  const { asked, begin, call } = createScripted();
  const begun = await begin(2);
  await call(0).answer({ validation: VALID, lease: null });
  await call(1).answer({ validation: LIMITED });
  expect(await resultsNow([...begun, ...(await begin(1))])).toEqual([VALID, LIMITED, LIMITED]);
  expect(asked()).toHaveLength(2);
});
