import { notStrictEqual, strictEqual } from 'node:assert';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Bench } from '../setup.ts';
import { median, round } from '../statistics.ts';

const CONNECTIONS = 300;
const TARGET_MS = 2000;
const FLOOD_TIMEOUT_MS = 60_000;

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
 * Revokes, rotates and narrows keys in one process while hundreds of connections use them in
 * another, each time a new key. Fails when a validation that starts afterwards is accepted.
 */
export async function measureRevocation({ databaseUrl, adminToken, start, progress }: Bench) {
  const locking = await (await start(1_000)).startLockingProxy(databaseUrl);
  const serve = async () => {
    const worker = await start(1_000, { AWS_ENDPOINT_URL_DYNAMODB: locking });
    return `${await worker.serve()}/api/v1/keys`;
  };
  const [services, administrators] = [await serve(), await serve()];
  const flood = fork('test/support/flood.ts', [new URL(services).origin, String(CONNECTIONS)], {
    execArgv: ['--import', 'tsx'],
  });
  const ended = once(flood, 'exit');
  const call = (url: string, method: string, token: string, body?: object) =>
    fetch(url, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
  /** Returns the milliseconds until the change was confirmed, or Infinity if it failed. */
  const measureChange = async ({ method, suffix, body }: Change): Promise<number> => {
    const fields = { name: 'leaked', service_id: 'prediction', rate_limit_per_hour: 100_000 };
    const created = await call(administrators, 'POST', adminToken, fields);
    strictEqual(created.status, 201, 'A key could not be created.');
    const key = (await created.json()) as { api_key: string; key_id: string };
    flood.send(key);
    // The flood reports when enough of its requests with this key have been accepted.
    await once(flood, 'message', { signal: AbortSignal.timeout(FLOOD_TIMEOUT_MS) });
    const url = `${administrators}/${key.key_id}${suffix}`;
    const began = performance.now();
    const { status } = await call(url, method, adminToken, body);
    const tookMs = performance.now() - began;
    if (status !== 200) return Number.POSITIVE_INFINITY;
    const needed = { required_scope: 'predict' };
    const after = await call(`${services}/validate`, 'POST', key.api_key, needed);
    notStrictEqual(
      after.status,
      200,
      `${method} was confirmed, but the key was accepted afterwards`,
    );
    return tookMs;
  };
  const changes = [];
  try {
    for (const [done, change] of CHANGES.entries()) {
      const times: number[] = [];
      while (times.length < change.tries) times.push(await measureChange(change));
      changes.push({
        name: change.name,
        tries: change.tries,
        medianMs: round(median(times), 0),
        slowestMs: round(Math.max(...times), 0),
        inTime: times.filter((ms) => ms < TARGET_MS).length,
      });
      progress('changing keys that are in use', (done + 1) / CHANGES.length);
    }
  } finally {
    flood.kill();
    await ended;
  }
  return { connections: CONNECTIONS, withinMs: TARGET_MS, changes };
}
