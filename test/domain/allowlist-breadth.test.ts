import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { breadthOf } from '../../lib/domain/allowlist-breadth.ts';

const limited = (ipv4Addresses: number) => ({ kind: 'limited', ipv4Addresses });
const open = { kind: 'open' };

test.each<[string[], object]>([
  [['0.0.0.0/0'], open],
  [['::/0'], open],
  [['::ffff:0:0/96'], open],
  [['192.0.2.77/0'], open],
  [['0.0.0.0/1', '128.0.0.0/2', '192.0.0.0/2'], open],
  [['8000::/1', '2001:db8::/32', '::/1'], open],
  [['0.0.0.0/1', '128.0.0.0/2'], limited(3 * 2 ** 30)],
  [['192.0.2.1'], limited(1)],
  [['192.0.2.0/24', '192.0.2.77', '192.0.2.128/25'], limited(256)],
  [['192.0.2.0', '192.0.2.0/24'], limited(256)],
  [['10.0.0.0/16'], limited(65_536)],
  [['10.0.0.0/16', '::ffff:10.1.0.0'], limited(65_537)],
  [['2001:db8::/32', '::/1'], limited(0)],
])('the allowlist %j is %j', (entries, breadth) => {
  expect(breadthOf(entries)).toEqual(breadth);
});

/** A range as a number of leading bits, and their value. */
type Range = readonly [bits: number, value: bigint];

/** Splits a range at random until the splits are used up; the parts cover it without overlap. */
function split([bits, value]: Range, width: number, splits: number[]): Range[] {
  if (bits === width || splits.length === 0) return [[bits, value]];
  const [chosen = 0, ...rest] = splits;
  const half = Math.floor((rest.length * (chosen % 100)) / 100);
  return [
    ...split([bits + 1, value << 1n], width, rest.slice(0, half)),
    ...split([bits + 1, (value << 1n) | 1n], width, rest.slice(half)),
  ];
}

const shift = ([bits, value]: Range, width: number) => value << BigInt(width - bits);
const ipv4 = (range: Range) => {
  const n = Number(shift(range, 32));
  return `${[24, 16, 8, 0].map((by) => (n >>> by) & 255).join('.')}/${range[0]}`;
};
const ipv6 = (range: Range) => {
  const hex = shift(range, 128).toString(16).padStart(32, '0');
  return `${hex.match(/.{4}/g)?.join(':')}/${range[0]}`;
};

const splits = fc.array(fc.nat(1000), { minLength: 1, maxLength: 60 });
const picked = fc.nat(1000);

test.each([
  ['IPv4', 32, ipv4],
  ['IPv6', 128, ipv6],
] as const)(
  '%s: ranges that cover everything are open, and without one of them they are not',
  (_, width, show) => {
    fc.assert(
      fc.property(splits, picked, (drawn, pick) => {
        const parts = split([0, 0n], width, drawn);
        // In an order that is not sorted.
        const entries = parts.map(show).sort((a, b) => (a.slice(-5) < b.slice(-5) ? -1 : 1));
        expect(breadthOf(entries)).toEqual(open);
        const left = entries.filter((__, i) => i !== pick % entries.length);
        if (left.length > 0) expect(breadthOf(left).kind).toBe('limited');
      }),
      { seed: 20261128, numRuns: 200 },
    );
  },
);

test('counts each IPv4 address once, however the ranges overlap', () => {
  const range = fc.tuple(fc.integer({ min: 24, max: 32 }), fc.nat(511));
  fc.assert(
    fc.property(fc.array(range, { minLength: 1, maxLength: 12 }), (ranges) => {
      const entries = ranges.map(([bits, host]) => `10.0.${host >> 8}.${host & 255}/${bits}`);
      const addresses = new Set<number>();
      for (const [bits, host] of ranges) {
        const size = 2 ** (32 - bits);
        const first = host - (host % size);
        for (let i = 0; i < size; i++) addresses.add(first + i);
      }
      expect(breadthOf(entries)).toEqual(limited(addresses.size));
    }),
    { seed: 20261128, numRuns: 200 },
  );
});
