import { notStrictEqual } from 'node:assert';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Bench } from './measure.ts';
import { median, round } from './statistics.ts';

const CONNECTIONS = 300;
const WITHIN_MS = 2000;

interface Change {
  readonly name: string;
  readonly method: string;
  readonly suffix: string;
  readonly body?: object;
  readonly tries: number;
}

const CHANGES: readonly Change[] = [
  { name: 'DELETE', method: 'DELETE', suffix: '', tries: 20 },
  { name: 'rotation', method: 'POST', suffix: '/rotate', tries: 5 },
  { name: 'narrowing PATCH', method: 'PATCH', suffix: '', body: { scopes: ['nothing'] }, tries: 5 },
];

/**
 * Revokes, rotates and narrows keys in one process while hundreds of connections validate, record and debit
 * with them in another, each time a new one; a validation that starts afterwards must be refused.
 */
export async function measureRevocation({ databaseUrl, adminToken, start, progress }: Bench) {
  const { url: locking = '' } = await (await start(1_000)).do({ lock: databaseUrl });
  const serve = async () => {
    const worker = await start(1_000, { AWS_ENDPOINT_URL_DYNAMODB: locking });
    const { url = '' } = await worker.do({ serve: true });
    return `${url}/api/v1/keys`;
  };
  const [services, administrators] = [await serve(), await serve()];
  const flood = fork('test/support/flood.ts', [new URL(services).origin, String(CONNECTIONS)], {
    execArgv: ['--import', 'tsx'],
  });
  const call = (url: string, method: string, token: string, body?: object) =>
    fetch(url, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
  /** @returns how long it took to be confirmed, in milliseconds; Infinity: it was not */
  const change = async ({ method, suffix, body }: Change): Promise<number> => {
    const fields = { name: 'leaked', service_id: 'prediction', rate_limit_per_hour: 100_000 };
    const created = await call(administrators, 'POST', adminToken, fields);
    const key = (await created.json()) as { api_key: string; key_id: string };
    flood.send(key);
    await once(flood, 'message');
    const url = `${administrators}/${key.key_id}${suffix}`;
    const began = performance.now();
    const { status } = await call(url, method, adminToken, body);
    const tookMs = performance.now() - began;
    if (status !== 200) return Number.POSITIVE_INFINITY;
    const needed = { required_scope: 'predict' };
    const after = await call(`${services}/validate`, 'POST', key.api_key, needed);
    notStrictEqual(after.status, 200, `${method} was confirmed, and the key accepted after it`);
    return tookMs;
  };
  const changes = [];
  for (const [done, each] of CHANGES.entries()) {
    const times: number[] = [];
    while (times.length < each.tries) times.push(await change(each));
    changes.push({
      name: each.name,
      tries: each.tries,
      medianMs: round(median(times), 0),
      slowestMs: round(Math.max(...times), 0),
      inTime: times.filter((ms) => ms < WITHIN_MS).length,
    });
    progress('changing keys that are in use', (done + 1) / CHANGES.length);
  }
  flood.disconnect();
  await once(flood, 'exit');
  return { connections: CONNECTIONS, withinMs: WITHIN_MS, changes };
}
