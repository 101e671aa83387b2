import { beforeAll, expect, test } from '@jest/globals';
import type { Answer } from '../support/client.ts';
import { type ServerProcess, startLockingDatabase, startServer } from '../support/server.ts';

/** The number of simultaneous requests, shared among the servers. */
const PARALLEL = 120;
/** Each is answered within 4 seconds, so that all end before the test does. */
const ATTEMPTS = 5;

/**
 * Two processes, each with its own caches, that share one DynamoDB behind a proxy that locks the
 * items of a transaction.
 */
let servers: [ServerProcess, ServerProcess];
beforeAll(async () => {
  await startLockingDatabase();
  const env = { DATA_DIR: ':memory:', BCRYPT_ROUNDS: '10' };
  servers = await Promise.all([startServer(env), startServer(env)]);
}, 30_000);

/** Runs `work` that many times at once, on the servers in turn. */
function everywhere<T>(count: number, work: (server: ServerProcess, i: number) => Promise<T>) {
  return Promise.all(
    Array.from({ length: count }, (_, i) => work(i % 2 === 0 ? servers[0] : servers[1], i)),
  );
}

const statuses = (answers: Answer[]) => [...new Set(answers.map(({ status }) => status))].sort();

test('accepts exactly N calls under a limit of N, each with another remainder', async () => {
  const limit = 50;
  const { api_key } = await servers[0].create({ rate_limit_per_hour: limit });
  const answers = await everywhere(PARALLEL, (server) => server.validate(api_key));
  expect(statuses(answers)).toEqual([200, 429]);
  // The hour may turn during the test, and each hour has a limit of its own.
  const hours: Record<string, number[]> = {};
  for (const { status, body } of answers) {
    if (status !== 200) continue;
    const { reset_at, remaining } = body.rate_limit;
    hours[reset_at] = [...(hours[reset_at] ?? []), remaining];
  }
  for (const remainders of Object.values(hours)) {
    const inOrder = remainders.sort((a, b) => b - a);
    expect(inOrder).toEqual(inOrder.map((_, i) => limit - 1 - i));
  }
  expect(Math.max(...Object.values(hours).map(({ length }) => length))).toBe(limit);
});

test('accepts exactly N calls of a key and its successor together during a rotation', async () => {
  const limit = 60;
  const old = await servers[0].create({ rate_limit_per_hour: limit });
  const keys = [old.api_key];
  const hours: Record<string, number> = {};
  const refused: Answer[] = [];
  const use = async (server: ServerProcess, i: number) => {
    const { status, body, headers } = await server.validate(keys[i % keys.length] ?? '');
    if (status === 200)
      hours[body.rate_limit.reset_at] = (hours[body.rate_limit.reset_at] ?? 0) + 1;
    else refused.push({ status, body, headers });
  };
  const rotate = async () => {
    for (const _ of ['once', 'again']) {
      const path = `/api/v1/keys/${keys.length > 1 ? latest : old.key_id}/rotate`;
      const { status, body } = await servers[1].call('POST', path, {
        body: { grace_period_minutes: 60 },
      });
      expect(status).toBe(200);
      latest = body.key_id;
      keys.push(body.api_key);
      await everywhere(20, use);
    }
  };
  let latest = old.key_id;
  await Promise.all([everywhere(20, use), rotate()]);
  await everywhere(120, use);
  expect(keys).toHaveLength(3);
  expect(Math.max(...Object.values(hours))).toBe(limit);
  for (const { status, body } of refused)
    expect([status, body.code]).toEqual([429, 'rate_limited']);
});

test('lets one of many simultaneous rotations succeed, with one usable key as the result', async () => {
  const old = await servers[0].create();
  const answers = await everywhere(100, (server) =>
    server.call('POST', `/api/v1/keys/${old.key_id}/rotate`),
  );
  const rotated = answers.filter(({ status }) => status === 200);
  expect(rotated).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 409)).toHaveLength(99);
  const { body: keys } = await servers[1].call('GET', '/api/v1/keys?active_only=true');
  const family = keys.filter(
    (info: Record<string, unknown>) =>
      info.key_id === old.key_id || info.rotated_from === old.key_id,
  );
  expect(family).toEqual([rotated[0]?.body.key_info]);
  expect((await servers[1].validate(rotated[0]?.body.api_key)).status).toBe(200);
  expect((await servers[1].validate(old.api_key)).body.code).toBe('revoked');
});

const narrowings: [string, string, string, object | undefined][] = [
  ['DELETE', 'DELETE', '', undefined],
  ['rotate', 'POST', '/rotate', undefined],
  ['a narrowing PATCH', 'PATCH', '', { scopes: ['other'] }],
];

/** Makes a change, which is tried again after a 503, as an administrator does. */
async function confirm(method: string, path: string, body: object | undefined): Promise<void> {
  const came: number[] = [];
  do came.push((await servers[0].call(method, path, { body })).status);
  while (came.at(-1) === 503 && came.length < ATTEMPTS);
  // A rotation that was answered with 503 may have been made after all.
  const maybeMade = path.endsWith('/rotate') && came.length > 1;
  expect(maybeMade ? [200, 409] : [200]).toContain(came.at(-1));
}

test.each(narrowings)(
  'accepts no validation on the old terms that starts after %s was confirmed',
  async (_, method, suffix, body) => {
    const { api_key, key_id } = await servers[0].create({ rate_limit_per_hour: 100_000 });
    let answeredAt = Infinity;
    const history: { startedAt: number; status: number }[] = [];
    /** Validates until a validation has started after the change was confirmed. */
    const client = async (server: ServerProcess) => {
      let startedAt: number;
      do {
        startedAt = performance.now();
        const { status } = await server.validate(api_key, { required_scope: 'read' });
        history.push({ startedAt, status });
      } while (startedAt <= answeredAt);
    };
    const change = async () => {
      try {
        while (history.length < PARALLEL) await servers[0].call('GET', '/health');
        await confirm(method, `/api/v1/keys/${key_id}${suffix}`, body);
      } finally {
        answeredAt = performance.now();
      }
    };
    await Promise.all([everywhere(PARALLEL, client), change()]);
    const later = history.filter(({ startedAt }) => startedAt > answeredAt);
    const before = history.filter(({ startedAt }) => startedAt <= answeredAt);
    expect(later.length).toBeGreaterThanOrEqual(PARALLEL);
    expect(later.filter(({ status }) => status !== 401)).toEqual([]);
    expect(before.some(({ status }) => status === 200)).toBe(true);
  },
);

test('lifts a limit in every process, although each has cached that it was reached', async () => {
  const { api_key, key_id } = await servers[0].create({ rate_limit_per_hour: 10 });
  await everywhere(30, (server) => server.validate(api_key));
  const body = { rate_limit_per_hour: 100_000 };
  const patched = await servers[0].call('PATCH', `/api/v1/keys/${key_id}`, { body });
  expect(patched.status).toBe(200);
  expect(statuses(await everywhere(10, (server) => server.validate(api_key)))).toEqual([200]);
});

test('applies a change made during a rotation to the new key or rejects it', async () => {
  for (let round = 0; round < 10; round++) {
    const { key_id } = await servers[0].create({ scopes: ['read', 'write'] });
    const [patched, rotated] = await Promise.all([
      servers[0].call('PATCH', `/api/v1/keys/${key_id}`, { body: { scopes: ['read'] } }),
      servers[1].call('POST', `/api/v1/keys/${key_id}/rotate`),
    ]);
    expect(rotated.status).toBe(200);
    expect([200, 409]).toContain(patched.status);
    const expected = patched.status === 200 ? ['read'] : ['read', 'write'];
    expect(rotated.body.key_info.scopes).toEqual(expected);
  }
});

test('stores the keys of the answered creations, and no others', async () => {
  const body = { name: 'x', service_id: 'website' };
  const answers = await everywhere(60, (server) => server.call('POST', '/api/v1/keys', { body }));
  // bcrypt is slow, so a request that can't be served in time gets a 503.
  for (const { status } of answers) expect([201, 503]).toContain(status);
  const created = answers.filter(({ status }) => status === 201);
  expect(created.length).toBeGreaterThan(0);
  const ids = (list: { key_id: string }[]) => list.map(({ key_id }) => key_id).sort();
  const { body: keys } = await servers[0].call('GET', '/api/v1/keys?service_id=website');
  expect(ids(keys)).toEqual(ids(created.map(({ body: issued }) => issued)));
});
