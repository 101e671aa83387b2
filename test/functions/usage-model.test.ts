import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { scaled } from '../support/scaled.ts';
import { NOW, useService } from '../support/service.ts';

const service = useService();
const SERVICES = ['prediction', 'platform', 'website'];
const LIMIT = 50;

interface Recorded {
  keyId: string;
  at: Date;
  service_id: string;
  endpoint: string;
  status_code: number;
  response_time_ms: number;
  predictions_count: number;
  compute_ms: number;
}

/** An instant in three months; the edges of a month come up more often than by chance. */
const instant = fc.oneof(
  fc.date({
    min: new Date('2026-01-01T00:00:00.000Z'),
    max: new Date('2026-03-31T23:59:59.999Z'),
    noInvalidDate: true,
  }),
  fc.constantFrom(
    new Date('2026-01-31T23:59:59.999Z'),
    new Date('2026-02-01T00:00:00.000Z'),
    new Date('2026-02-28T23:59:59.999Z'),
    new Date('2026-03-01T00:00:00.000Z'),
  ),
);
const thousandths = (max: number) => fc.integer({ min: 0, max: max * 1000 }).map((n) => n / 1000);
const usage = fc.record({
  key: fc.nat({ max: 2 }),
  at: instant,
  service_id: fc.constantFrom(...SERVICES),
  endpoint: fc.constantFrom('/a', '/b', 'other', '/ü?x=1', 'requests', '__proto__'),
  status_code: fc.integer({ min: 100, max: 599 }),
  response_time_ms: thousandths(10_000),
  predictions_count: fc.nat({ max: 40 }),
  compute_ms: thousandths(10_000),
});

const sum = (records: Recorded[], of: (record: Recorded) => number) =>
  records.reduce((total, record) => total + of(record), 0);
const close = (value: number) => expect.closeTo(value, 6);
const mean = (total: number, count: number) => close(count === 0 ? 0 : total / count);

test('returns statistics, bills and totals that agree with a plain count', async () => {
  /** The records of all runs, because the aggregate includes them. */
  const all: Recorded[] = [];
  const get = async (path: string) => (await service.call('GET', `/api/v1/usage${path}`)).body;

  await fc.assert(
    fc.asyncProperty(fc.array(usage, { maxLength: 15 }), async (sequence) => {
      service.clock.now = NOW;
      const keys = [];
      for (let i = 0; i < 3; i++) {
        keys.push(await service.create({ monthly_prediction_limit: LIMIT }));
      }
      for (const { key, at, ...body } of sequence) {
        const keyId = keys[key]?.key_id ?? '';
        service.clock.now = at;
        const { status } = await service.call('POST', `/api/v1/usage/${keyId}`, { body });
        expect(status).toBe(200);
        all.push({ keyId, at, ...body });
      }
      await service.drain();
      for (const { key_id } of keys) {
        for (const month of ['2026-01', '2026-02', '2026-03']) {
          const own = all.filter(
            ({ keyId, at }) => keyId === key_id && at.toISOString().startsWith(month),
          );
          const counts = new Map<string, number>();
          for (const { endpoint } of own) counts.set(endpoint, (counts.get(endpoint) ?? 0) + 1);
          const predictions = sum(own, (record) => record.predictions_count);
          const stats = await get(`/${key_id}/stats?period=${month}`);
          expect(stats).toEqual({
            key_id,
            period: month,
            total_requests: own.length,
            total_predictions: predictions,
            total_compute_ms: close(sum(own, (record) => record.compute_ms)),
            average_response_time_ms: mean(
              sum(own, (record) => record.response_time_ms),
              own.length,
            ),
            error_rate: mean(
              sum(own, (record) => (record.status_code >= 400 ? 1 : 0)),
              own.length,
            ),
            top_endpoints: expect.any(Array),
            as_of:
              own
                .map(({ at }) => at.toISOString())
                .sort()
                .at(-1) ?? null,
            rotated_from: null,
            rotated_to: null,
          });
          const top: { endpoint: string; count: number }[] = stats.top_endpoints;
          expect(new Map(top.map(({ endpoint, count }) => [endpoint, count]))).toEqual(counts);
          expect(top.map(({ count }) => count)).toEqual([...counts.values()].sort((a, b) => b - a));
          service.clock.now = new Date(`${month}-15T12:00:00.000Z`);
          expect(await get(`/${key_id}/billing`)).toMatchObject({
            current_usage: { requests: own.length, predictions },
            overage_charges: close(Math.max(0, predictions - LIMIT) / 1000),
          });
        }
      }
      const { usage_by_date } = await get('/aggregate?start_date=2026-01-01&end_date=2026-03-31');
      const expected: Record<string, Record<string, unknown>> = {};
      for (const { at, service_id } of all) {
        const day = at.toISOString().slice(0, 10);
        const own = all.filter(
          (record) => record.service_id === service_id && record.at.toISOString().startsWith(day),
        );
        expected[day] = {
          ...expected[day],
          [service_id]: {
            requests: own.length,
            predictions: sum(own, (record) => record.predictions_count),
            compute_ms: close(sum(own, (record) => record.compute_ms)),
            avg_response_time_ms: mean(
              sum(own, (record) => record.response_time_ms),
              own.length,
            ),
          },
        };
      }
      expect(usage_by_date).toEqual(expected);
    }),
    { numRuns: scaled(5, 25) },
  );
}, 60_000);
