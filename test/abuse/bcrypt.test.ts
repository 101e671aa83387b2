import { beforeEach, expect, jest, test } from '@jest/globals';
import { withOtherSecret } from '../support/drawing.ts';
import { logLines } from '../support/log-lines.ts';
import { problem, useService } from '../support/service.ts';

/** Counts at the library's boundary, because the time of a run depends on the machine. */
const runs = jest.fn();
jest.mock('bcryptjs', () => {
  const actual = jest.requireActual<typeof import('bcryptjs')>('bcryptjs');
  const compare = (key: string, hash: string) => {
    runs();
    return actual.compare(key, hash);
  };
  return { ...actual, compare };
});

const MINUTE_MS = 60_000;
const unavailable = problem(503, 'Service Unavailable', 'Service temporarily unavailable');

const service = useService();
beforeEach(() => {
  service.clock.now = new Date(service.clock.now.getTime() + MINUTE_MS);
  runs.mockClear();
});

/** Creates a key whose digest can't be verified, because the version of its pepper is gone. */
async function createWithoutPepper() {
  const key = await service.create();
  await service.alter(key.key_id, 'pepper', 'gone for good');
  return key;
}

/** Validates a key with wrong secrets, as somebody does who knows its public id. */
async function guess(apiKey: string, times: number): Promise<number[]> {
  const statuses: number[] = [];
  for (let i = 0; i < times; i++) {
    service.clock.now = new Date(service.clock.now.getTime() + 1);
    statuses.push((await service.validate(withOtherSecret(apiKey))).status);
  }
  return statuses;
}

test('no wrong secret is compared by bcrypt while the pepper is available', async () => {
  const { api_key } = await service.create();
  expect(await guess(api_key, 10)).toEqual(Array(10).fill(401));
  expect(runs).not.toHaveBeenCalled();
});

test('five wrong secrets of a key are compared by bcrypt in a minute without the pepper', async () => {
  const { api_key } = await createWithoutPepper();
  expect(await guess(api_key, 50)).toEqual([...Array(5).fill(401), ...Array(45).fill(503)]);
  expect(runs).toHaveBeenCalledTimes(5);
  // The holder is not told that the key is wrong.
  const lines = await logLines(async () => {
    expect(await service.validate(api_key)).toEqual(unavailable);
  });
  expect(JSON.stringify(lines)).toContain('too many wrong secrets while the pepper is unavailable');
  expect(runs).toHaveBeenCalledTimes(5);
  service.clock.now = new Date(service.clock.now.getTime() + MINUTE_MS);
  expect((await service.validate(api_key)).status).toBe(200);
  expect(await guess(api_key, 50)).toEqual(Array(50).fill(401));
  expect(runs).toHaveBeenCalledTimes(6);
});

test('a flood of wrong secrets of a key affects neither its verified holder nor other keys', async () => {
  const [known, attacked, other] = [
    await createWithoutPepper(),
    await createWithoutPepper(),
    await createWithoutPepper(),
  ];
  expect((await service.validate(known.api_key)).status).toBe(200);
  await guess(known.api_key, 10);
  await guess(attacked.api_key, 10);
  expect((await service.validate(known.api_key)).status).toBe(200);
  expect((await service.validate(other.api_key)).status).toBe(200);
  expect(runs).toHaveBeenCalledTimes(1 + 5 + 1);
});

test('twenty wrong secrets of any keys are compared by bcrypt in a minute without the pepper', async () => {
  const keys = await Promise.all(Array.from({ length: 6 }, createWithoutPepper));
  for (const { api_key } of keys) await guess(api_key, 6);
  expect(runs).toHaveBeenCalledTimes(20);
});

test('right secrets are compared by bcrypt without a limit', async () => {
  const keys = await Promise.all(Array.from({ length: 21 }, createWithoutPepper));
  for (const { api_key } of keys) expect((await service.validate(api_key)).status).toBe(200);
  expect(runs).toHaveBeenCalledTimes(21);
});

test('wrong secrets in usage reports count as well', async () => {
  const { api_key, key_id } = await createWithoutPepper();
  await guess(api_key, 5);
  const answer = await service.call('POST', `/api/v1/usage/${key_id}`, {
    headers: { authorization: `Bearer ${withOtherSecret(api_key)}` },
    admin: false,
  });
  expect(answer).toEqual(unavailable);
  expect(runs).toHaveBeenCalledTimes(5);
});
