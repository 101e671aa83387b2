import { zeroCounters } from '../../../client/src/counters.ts';
import type { Valid } from '../../../client/src/types.ts';
import { Validator } from '../../../client/src/validator.ts';
import { median } from '../statistics.ts';
import type { LocalTask, MeasuredLocal } from './task.ts';

const ROUNDS = 5;
const CALLS = 200_000;

const VALIDATION: Valid = Object.freeze({
  valid: true,
  keyId: '00000000-0000-5000-8000-000000000000',
  userId: 'admin',
  serviceId: 'prediction',
  scopes: ['read', 'predict'],
  rateLimitPerHour: 1e9,
  billingPlan: 'free',
  monthlyPredictionLimit: null,
  environment: 'production',
  expiresAt: null,
  rateLimit: { limit: 1e9, remaining: 1e9 - 1, resetAt: '2026-01-01T01:00:00.000Z' },
  headers: {},
});

/** Longer than any lease of the service, so that no call falls into the measurement. */
const LEASE = { requests: 1e9, milliseconds: 3_600_000 };

/** Measures validations from a lease, by the client without its connection to the service. */
export async function measureLocal({ key }: LocalTask): Promise<MeasuredLocal> {
  const counters = zeroCounters();
  const validator = new Validator(
    async (_, leaseRequests) => ({
      validation: VALIDATION,
      ...(leaseRequests && { lease: LEASE }),
    }),
    { now: () => performance.now(), wallClock: () => Date.now() },
    { timeoutMs: 5000 },
    counters,
  );
  const validate = async (count: number) => {
    for (let i = 0; i < count; i++) {
      await validator.validate({ key, scope: 'predict', clientIp: '192.0.2.1' });
    }
  };
  await validate(CALLS);
  const before = counters.local;
  const times: number[] = [];
  while (times.length < ROUNDS) {
    const cpu = process.cpuUsage();
    await validate(CALLS);
    const { user, system } = process.cpuUsage(cpu);
    times.push((user + system) / CALLS);
  }
  if (counters.local - before < ROUNDS * CALLS)
    throw new Error('The client made a call meanwhile.');
  return { cpuMicroseconds: median(times) };
}
