import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { droppedAddresses, latestAddresses } from '../../lib/domain/used-from.ts';
import { fromNow } from './fixtures.ts';

const addresses = fc
  .dictionary(fc.ipV4(), fc.integer({ min: 0, max: 20 }), { maxKeys: 60 })
  .map((uses) => Object.entries(uses).map(([address, ms]) => [address, fromNow(ms)] as const));

test('the latest addresses are the newest five, newest first', () => {
  fc.assert(
    fc.property(addresses, (uses) => {
      const shown = latestAddresses(Object.fromEntries(uses));
      expect(shown).toHaveLength(Math.min(5, uses.length));
      const times = shown.map(({ last_used_at }) => last_used_at);
      expect(times).toEqual([...uses.map(([, time]) => time)].sort().reverse().slice(0, 5));
    }),
    { seed: 1 },
  );
});

test('dropping an address keeps the used one and, in the end, the four newest others', () => {
  fc.assert(
    fc.property(addresses, fc.ipV4(), (uses, used) => {
      const times: Record<string, string> = Object.fromEntries(uses);
      const others = latestAddresses(
        Object.fromEntries(uses.filter(([address]) => address !== used)),
      );
      for (let writes = 0; writes < 3; writes++) {
        const dropped = droppedAddresses(times, used);
        expect(dropped.length).toBeLessThanOrEqual(20);
        for (const address of dropped) delete times[address];
        times[used] = fromNow(99);
      }
      expect(latestAddresses(times).map(({ address }) => address)).toEqual([
        used,
        ...others.slice(0, 4).map(({ address }) => address),
      ]);
      expect(Object.keys(times).length).toBeLessThanOrEqual(10);
    }),
    { seed: 1 },
  );
});

test('a write drops the 20 oldest of many addresses', () => {
  const times = Object.fromEntries(
    Array.from({ length: 26 }, (_, i) => [`10.0.0.${i}`, fromNow(i)]),
  );
  expect(droppedAddresses(times, '10.0.0.9')).toEqual(
    [20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 8, 7, 6, 5, 4, 3, 2, 1, 0].map(
      (i) => `10.0.0.${i}`,
    ),
  );
  expect(droppedAddresses(times, 'another')).toHaveLength(20);
  const few = Object.fromEntries(Object.entries(times).slice(0, 5));
  expect(droppedAddresses(few, 'another')).toEqual(['10.0.0.0']);
});
