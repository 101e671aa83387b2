import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { createAuth } from '../../../client/src/index.ts';
import { listenLocally } from '../../../infra/local/listen.ts';
import { median } from '../statistics.ts';
import type { LocalTask, MeasuredLocal } from './task.ts';

const ROUNDS = 5;
const CALLS = 200_000;

const ANSWER = {
  is_valid: true,
  key_id: '00000000-0000-5000-8000-000000000000',
  user_id: 'admin',
  service_id: 'prediction',
  scopes: ['read', 'predict'],
  rate_limit_per_hour: 1e9,
  billing_plan: 'free',
  monthly_prediction_limit: null,
  environment: 'production',
  expires_at: null,
  rate_limit: { limit: 1e9, remaining: 1e9 - 1, reset_at: '2026-01-01T01:00:00.000Z' },
};

/** Longer than any lease of the service, so that no call falls into the measurement. */
const LEASE = { requests: 1e9, milliseconds: 3_600_000 };

/** Measures validations from a lease that a stand-in for the service has granted. */
export async function measureLocal({ key }: LocalTask): Promise<MeasuredLocal> {
  const service = createServer(async (request, reply) => {
    const { lease_requests } = (await json(request)) as { lease_requests?: number };
    reply.setHeader('content-type', 'application/json');
    reply.end(JSON.stringify(lease_requests ? { ...ANSWER, lease: LEASE } : ANSWER));
  });
  const auth = createAuth({ url: await listenLocally(service), serviceId: 'prediction' });
  const validate = async (count: number) => {
    for (let i = 0; i < count; i++) {
      await auth.validate({ key, scope: 'predict', clientIp: '192.0.2.1' });
    }
  };
  await validate(CALLS);
  const { calls } = auth.stats();
  const times: number[] = [];
  while (times.length < ROUNDS) {
    const cpu = process.cpuUsage();
    await validate(CALLS);
    const { user, system } = process.cpuUsage(cpu);
    times.push((user + system) / CALLS);
  }
  if (auth.stats().calls > calls) throw new Error('The client called the service meanwhile.');
  await auth.close();
  service.close();
  return { cpuMicroseconds: median(times) };
}
