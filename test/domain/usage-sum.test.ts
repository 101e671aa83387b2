import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { LogEntry } from '../../lib/domain/usage-report.ts';
import { emptyMonth, leadingWithin, UsageSum } from '../../lib/domain/usage-sum.ts';
import { ENTRY } from './fixtures.ts';

function sumOf(entries: readonly LogEntry[], names: readonly string[] = []) {
  const sum = new UsageSum(() => names);
  for (const entry of entries) sum.add(entry);
  return sum;
}

test('a batch is added up by month of a key and by day of a service', () => {
  const earlier = { ...ENTRY, at: '2026-11-23T00:00:00.000Z' };
  const later = { ...ENTRY, at: '2026-12-01T00:00:00.000Z', status_code: 400 };
  const other = { ...ENTRY, endpoint: '/b', service_id: 'website', status_code: 0 };
  const { months, days } = sumOf([later, ENTRY, earlier, other]);
  expect(months).toEqual([
    expect.objectContaining({ month: '2026-12', errors: 1, asOf: later.at }),
    expect.objectContaining({
      keyId: 'key',
      month: '2026-11',
      totals: { requests: 3, predictions: 6, compute_ms: 0.003, response_time_ms: 4.5 },
      errors: 0,
      endpoints: new Map([
        ['/a', 2],
        ['/b', 1],
      ]),
      asOf: ENTRY.at,
    }),
  ]);
  expect(
    days.map(({ service, day, totals, asOf }) => [service, day, totals.requests, asOf]),
  ).toEqual([
    ['prediction', '2026-12-01', 1, later.at],
    ['prediction', '2026-11-23', 2, ENTRY.at],
    ['website', '2026-11-23', 1, ENTRY.at],
  ]);
});

const named = (count: number, first: number, name = (i: number) => `/${i}`) =>
  Array.from({ length: count }, (_, i) => ({ ...ENTRY, endpoint: name(first + i) }));

test('a month names 200 endpoints, including earlier ones, and counts the others as one', () => {
  const before = named(150, 0).map(({ endpoint }) => endpoint);
  const [month] = sumOf([...named(200, 100), ...named(1, 0)], before).months;
  expect([month?.namedBefore, month?.names.size]).toEqual([150, 200]);
  expect(month?.endpoints.size).toBe(102);
  expect(month?.endpoints.get('/0')).toBe(1);
  expect(month?.endpoints.get('other')).toBe(100);
});

test('an endpoint called like the further ones is counted with them and not named', () => {
  expect(emptyMonth('key', '2026-11', ['/é', 'other', '/b'])).toMatchObject({
    names: new Set(['/é', '/b']),
    nameBytes: 5,
    namedBefore: 2,
  });
  const [month] = sumOf([{ ...ENTRY, endpoint: 'other' }]).months;
  expect(month?.names).toEqual(new Set());
  expect(month?.endpoints).toEqual(new Map([['other', 1]]));
});

test('a month names exactly 16 KiB of endpoints', () => {
  const [month] = sumOf(named(17, 10, (i) => `/${i}`.padEnd(1024, 'x'))).months;
  expect([month?.names.size, month?.nameBytes]).toEqual([16, 16_384]);
});

test('a month names no more than 16 KiB of endpoints', () => {
  const long = (i: number) => `${i}`.padStart(3, '0') + '😀'.repeat(199);
  const [month] = sumOf(named(40, 0, long)).months;
  expect(month?.names.size).toBe(Math.floor(16_384 / (3 + 4 * 199)));
  expect(month?.endpoints.get('other')).toBe(40 - (month?.names.size ?? 0));
});

test('a part of a batch is the longest that adds to at most the given number of totals', () => {
  const entry = fc.record({
    key_id: fc.constantFrom(...'abcdefghijklm'),
    service_id: fc.constantFrom('x', 'y'),
    at: fc.constantFrom('2026-10-31T23:59:59.999Z', ENTRY.at),
  });
  const countOf = (entries: readonly LogEntry[]) => {
    const { months, days } = sumOf(entries);
    return months.length + days.length;
  };
  fc.assert(
    fc.property(
      fc.array(entry, { maxLength: 40 }),
      fc.integer({ min: 2, max: 20 }),
      (list, most) => {
        const entries = list.map((fields) => ({ ...ENTRY, ...fields }));
        const length = leadingWithin(entries, most);
        expect(countOf(entries.slice(0, length))).toBeLessThanOrEqual(most);
        if (length < entries.length) {
          expect(countOf(entries.slice(0, length + 1))).toBeGreaterThan(most);
        }
      },
    ),
    { numRuns: 300 },
  );
});
