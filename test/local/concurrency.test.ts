import { beforeAll, expect, test } from '@jest/globals';
import type { Answer } from '../support/client.ts';
import { confirm } from '../support/confirm.ts';
import { scaled } from '../support/scaled.ts';
import { type ServerProcess, startLockingDatabase, startServer } from '../support/server.ts';
import { until } from '../support/until.ts';

/** The number of simultaneous requests, shared among the servers. */
const PARALLEL = scaled(40, 80);
/** The number of simultaneous changes of one key. */
const CHANGES = scaled(50, 200);

/**
 * Two processes, each with its own caches, that share one DynamoDB behind a proxy that locks the
 * items of a transaction.
 */
let servers: [ServerProcess, ServerProcess];
beforeAll(async () => {
  await startLockingDatabase();
  const env = { DATA_DIR: ':memory:' };
  servers = await Promise.all([startServer(env), startServer(env)]);
}, 30_000);

/** Runs `work` that many times at once, on the servers in turn. */
function everywhere<T>(count: number, work: (server: ServerProcess, i: number) => Promise<T>) {
  return Promise.all(
    Array.from({ length: count }, (_, i) => work(i % 2 === 0 ? servers[0] : servers[1], i)),
  );
}

const statuses = (answers: Answer[]) => [...new Set(answers.map(({ status }) => status))].sort();
const withStatus = (wanted: number, answers: Answer[]) =>
  answers.filter(({ status }) => status === wanted);
/**
 * The number of answers that leave the result open: a busy machine may lack the time for a request
 * that was carried out.
 */
const open = (answers: Answer[]) => withStatus(503, answers).length;

/** The accepted calls of each hour, as the hour may turn during a test. */
function acceptedByHour(answers: Answer[]): Answer[][] {
  const hours: Record<string, Answer[]> = {};
  for (const answer of withStatus(200, answers)) {
    const { reset_at } = answer.body.rate_limit;
    hours[reset_at] = [...(hours[reset_at] ?? []), answer];
  }
  return Object.values(hours);
}

/** Expects a reached limit: no call too many, and none too few but those whose result is open. */
function expectReached(limit: number, answers: Answer[]): void {
  for (const { status, body } of answers)
    expect([200, 503, 'rate_limited']).toContain(status === 429 ? body.code : status);
  expect(withStatus(429, answers).length).toBeGreaterThan(0);
  const most = Math.max(...acceptedByHour(answers).map(({ length }) => length));
  expect(most).toBeLessThanOrEqual(limit);
  expect(most + open(answers)).toBeGreaterThanOrEqual(limit);
}

test('accepts exactly N calls under a limit of N, each with another remainder', async () => {
  const limit = 30;
  const { api_key } = await servers[0].create({ rate_limit_per_hour: limit });
  const answers = await everywhere(PARALLEL, (server) => server.validate(api_key));
  expectReached(limit, answers);
  for (const accepted of acceptedByHour(answers)) {
    const remainders = accepted.map(({ body }) => body.rate_limit.remaining);
    expect(new Set(remainders).size).toBe(accepted.length);
    expect(Math.max(...remainders)).toBeLessThan(limit);
    const lowest = limit - accepted.length - open(answers);
    expect(Math.min(...remainders)).toBeGreaterThanOrEqual(Math.max(0, lowest));
  }
});

test('accepts exactly N calls of a key and its successor together during a rotation', async () => {
  const limit = 60;
  const old = await servers[0].create({ rate_limit_per_hour: limit });
  const keys = [old.api_key];
  let latest = old.key_id;
  const answers: Answer[] = [];
  const use = async (server: ServerProcess, i: number) => {
    answers.push(await server.validate(keys[i % keys.length] ?? ''));
  };
  const rotate = async () => {
    for (const _ of ['once', 'again']) {
      const path = `/api/v1/keys/${latest}/rotate`;
      const { status, body } = await servers[1].call('POST', path, {
        body: { grace_period_minutes: 60 },
      });
      expect(status).toBe(200);
      latest = body.key_id;
      keys.push(body.api_key);
      await everywhere(20, use);
    }
  };
  await Promise.all([everywhere(20, use), rotate()]);
  await everywhere(PARALLEL, use);
  expect(keys).toHaveLength(3);
  expectReached(limit, answers);
});

test('lets one of many simultaneous rotations succeed, with one usable key as the result', async () => {
  const old = await servers[0].create();
  const answers = await everywhere(30, (server) =>
    server.call('POST', `/api/v1/keys/${old.key_id}/rotate`),
  );
  const rotated = withStatus(200, answers);
  expect(rotated.length).toBeLessThanOrEqual(1);
  expect(rotated.length + withStatus(409, answers).length + open(answers)).toBe(answers.length);
  const { body: keys } = await servers[1].call('GET', '/api/v1/keys?active_only=true');
  const family = keys.filter(
    (info: Record<string, unknown>) =>
      info.key_id === old.key_id || info.rotated_from === old.key_id,
  );
  expect(family).toMatchObject([{ rotated_from: old.key_id }]);
  for (const { body } of rotated) {
    expect(family).toEqual([body.key_info]);
    expect((await servers[1].validate(body.api_key)).status).toBe(200);
  }
  expect((await servers[1].validate(old.api_key)).body.code).toBe('revoked');
});

const narrowings: [string, string, string, object | undefined][] = [
  ['DELETE', 'DELETE', '', undefined],
  ['rotate', 'POST', '/rotate', undefined],
  ['a narrowing PATCH', 'PATCH', '', { scopes: ['other'] }],
];

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
        await until(() => history.length >= PARALLEL);
        await confirm(servers[0], method, `/api/v1/keys/${key_id}${suffix}`, body);
      } finally {
        answeredAt = performance.now();
      }
    };
    await Promise.all([everywhere(PARALLEL, client), change()]);
    const later = history.filter(({ startedAt }) => startedAt > answeredAt);
    const before = history.filter(({ startedAt }) => startedAt <= answeredAt);
    expect(later.length).toBeGreaterThanOrEqual(PARALLEL);
    expect(later.filter(({ status }) => ![401, 503].includes(status))).toEqual([]);
    expect(later.some(({ status }) => status === 401)).toBe(true);
    expect(before.some(({ status }) => status === 200)).toBe(true);
  },
);

test('lifts a limit in every process, although each has cached that it was reached', async () => {
  const { api_key, key_id } = await servers[0].create({ rate_limit_per_hour: 10 });
  await everywhere(30, (server) => server.validate(api_key));
  const body = { rate_limit_per_hour: 100_000 };
  await confirm(servers[0], 'PATCH', `/api/v1/keys/${key_id}`, body);
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
  const answers = await everywhere(30, (server) => server.call('POST', '/api/v1/keys', { body }));
  const created = withStatus(201, answers).map(({ body: issued }) => issued.key_id);
  expect(created.length).toBeGreaterThan(0);
  expect(created.length + open(answers)).toBe(answers.length);
  const { body: keys } = await servers[0].call('GET', '/api/v1/keys?service_id=website');
  const stored = keys.map(({ key_id }: { key_id: string }) => key_id);
  expect(stored).toEqual(expect.arrayContaining(created));
  expect(stored.length).toBe(new Set(stored).size);
  expect(stored.length).toBeLessThanOrEqual(answers.length);
});

test(`leaves an intact trail of ${CHANGES} simultaneous changes, which is intact all the while`, async () => {
  const { key_id } = await servers[0].create({ name: 'n' });
  const path = `/api/v1/keys/${key_id}`;
  const trail = async (server: ServerProcess, limit = 1000) =>
    server.call('GET', `${path}/audit?limit=${limit}`);
  let isDone = false;
  const watched: Answer[] = [];
  const watch = async (server: ServerProcess) => {
    while (!isDone) watched.push(await trail(server, 1 + (watched.length % 50)));
  };
  const changing = everywhere(CHANGES, (server, i) =>
    server.call('PATCH', path, { body: { name: `n${i}` } }),
  ).finally(() => {
    isDone = true;
  });
  const [answers] = await Promise.all([changing, ...servers.map(watch)]);
  for (const { status, body } of watched) {
    expect([status, body.findings]).toEqual([200, []]);
  }
  const { body } = await trail(servers[0]);
  expect(body).toMatchObject({ intact: true, findings: [], version: body.entries.length });
  // Each change begins where the one before has ended, and none that was confirmed is missing.
  const names = body.entries.map(({ changes }: { changes: { field: string }[] }) =>
    changes.find(({ field }) => field === 'name'),
  );
  for (const [i, { old }] of names.slice(0, -1).entries()) expect(old).toBe(names[i + 1].new);
  const confirmed = withStatus(200, answers).length;
  expect(confirmed).toBeGreaterThan(0);
  expect(confirmed + open(answers)).toBe(CHANGES);
  expect(new Set(names.map((name: { new: string }) => name.new)).size).toBe(names.length);
  expect(names.length - 1).toBeGreaterThanOrEqual(confirmed);
});
