import { expect, test } from '@jest/globals';
import { cachedValue } from '../../../lib/aws/secrets/cached-value.ts';
import { until } from '../../support/until.ts';

const at = (ms: number) => new Date(1_000_000 + ms);

/** A cache whose loads end when the test says so. */
function controlled() {
  const loads: { resolve(value: string): void; reject(error: Error): void }[] = [];
  const cache = cachedValue(
    () => new Promise<string>((resolve, reject) => loads.push({ resolve, reject })),
    500,
  );
  return { ...cache, loads };
}

test('a value is cached for as long as the caller accepts its age', async () => {
  const { recent, loads } = controlled();
  const first = recent(at(0), 1000);
  const shared = recent(at(1), 1000);
  loads[0]?.resolve('one');
  expect([await first, await shared]).toEqual(['one', 'one']);
  expect(await recent(at(999), 1000)).toBe('one');
  const second = recent(at(1000), 1000);
  loads[1]?.resolve('two');
  expect(await second).toBe('two');
  expect(loads).toHaveLength(2);
});

test('upToDate returns no load that began earlier, and does not load too often', async () => {
  const { recent, upToDate, loads } = controlled();
  const first = recent(at(0), 1000);
  loads[0]?.resolve('old');
  await first;
  const earlier = upToDate(at(2000));
  await until(() => loads.length === 2);
  const [later, alike] = [upToDate(at(2050)), upToDate(at(2060))];
  loads[1]?.resolve('old');
  expect(await earlier).toBe('old');
  expect(await upToDate(at(1999))).toBe('old');
  await until(() => loads.length === 3);
  loads[2]?.resolve('new');
  expect(await later).toBe('new');
  expect(await alike).toBe('new');
  expect(loads).toHaveLength(3);
});

test('a load that was frozen for hours is neither awaited nor used', async () => {
  const { recent, loads } = controlled();
  const frozen = recent(at(0), 30_000);
  const fresh = recent(at(3_600_000), 30_000);
  loads[1]?.resolve('new');
  expect(await fresh).toBe('new');
  loads[0]?.resolve('old');
  expect(await frozen).toBe('old');
  expect(await recent(at(3_600_001), 30_000)).toBe('new');
});

test('a failed load leaves the cached value in place and is tried again', async () => {
  const { recent, loads } = controlled();
  const first = recent(at(0), 1000);
  loads[0]?.resolve('one');
  await first;
  const failing = recent(at(1000), 1000);
  loads[1]?.reject(new Error('no answer'));
  await expect(failing).rejects.toThrow('no answer');
  expect(await recent(at(1000), 2000)).toBe('one');
  const again = recent(at(1500), 1000);
  loads[2]?.resolve('two');
  expect(await again).toBe('two');
});

test('after a failed load none begins until the back-off has passed', async () => {
  const { recent, recentOrStale, loads } = controlled();
  const failing = recent(at(0), 1000);
  loads[0]?.reject(new Error('no answer'));
  await expect(failing).rejects.toThrow('no answer');
  await expect(recent(at(499), 1000)).rejects.toThrow('no answer');
  // A caller that accepts an older value, but has none cached, does not wait.
  const needed = recentOrStale(at(499), 1000);
  loads[1]?.reject(new Error('no answer yet'));
  await expect(needed).rejects.toThrow('no answer yet');
  await expect(recent(at(998), 1000)).rejects.toThrow('no answer yet');
  const again = recent(at(999), 1000);
  loads[2]?.resolve('one');
  expect(await again).toBe('one');
  const reload = recentOrStale(at(2000), 1000);
  loads[3]?.reject(new Error('down'));
  expect(await reload).toBe('one');
  expect(await recentOrStale(at(2499), 1000)).toBe('one');
  await expect(recent(at(2499), 1000)).rejects.toThrow('down');
  expect(loads).toHaveLength(4);
  const last = recentOrStale(at(2500), 1000);
  loads[4]?.resolve('two');
  expect(await last).toBe('two');
});
