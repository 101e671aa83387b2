import { zeroCounters } from '../../../client/src/counters.ts';
import { Validator } from '../../../client/src/validator.ts';
import { VALID } from '../../client/scripted-service.ts';
import { median } from '../statistics.ts';
import type { LocalTask, MeasuredLocal } from './task.ts';

const ROUNDS = 5;
const CALLS = 200_000;

/** Longer than any lease of the service, so that no call falls into the measurement. */
const LEASE = { requests: 1e9, milliseconds: 3_600_000 };

/** Measures validations from a lease, by the client without its connection to the service. */
export async function measureLocal({ key }: LocalTask): Promise<MeasuredLocal> {
  const counters = zeroCounters();
  const validator = new Validator(
    async (_, leaseRequests) => ({
      validation: VALID,
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
