import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { beforeAll, expect, test } from '@jest/globals';
import type { Stats } from '../../client/src/index.ts';
import { HOUR_MS } from '../../lib/domain/time.ts';
import { cleanUp } from '../support/clean-up.ts';
import { confirm } from '../support/confirm.ts';
import type { Seen } from '../support/lease-client.ts';
import { programOf } from '../support/programs.ts';
import { type ServerProcess, startLockingDatabase, startServer } from '../support/server.ts';
import { until } from '../support/until.ts';

interface Report {
  readonly seen: Record<string, Seen>;
  readonly stats: Stats;
}

/** Two processes of the service on one database that locks like DynamoDB, and three of clients. */
let services: ServerProcess[];
let clients: ChildProcess[];
beforeAll(async () => {
  await startLockingDatabase();
  const env = { DATA_DIR: ':memory:' };
  services = await Promise.all([startServer(env), startServer(env)]);
  clients = [0, 1, 0].map((service) => {
    const url = services[service]?.url ?? '';
    const client = fork(programOf('test/support/lease-client.ts'), [url]);
    cleanUp(() => client.kill('SIGKILL'));
    return client;
  });
}, 60_000);

async function ask(client: ChildProcess): Promise<Report> {
  client.send('report');
  return (await once(client, 'message'))[0];
}

/** Waits until each client has seen something. */
async function untilAll(sees: (report: Report) => boolean): Promise<Report[]> {
  let reports: Report[] = [];
  await until(async () => {
    reports = await Promise.all(clients.map(ask));
    return reports.every(sees);
  });
  return reports;
}

const LIMIT = 3000;

test('no client accepts what a confirmed change refuses, and none exceeds the limit', async () => {
  const [service] = services as [ServerProcess];
  const create = (fields: object) =>
    service.create({ rate_limit_per_hour: 100_000, scopes: ['a'], ...fields });
  const changes: Record<string, [method: string, path: string, body?: object]> = {
    revoked: ['DELETE', ''],
    rotated: ['POST', '/rotate'],
    suspended: ['PATCH', '', { suspended: true }],
    narrowed: ['PATCH', '', { scopes: ['b'] }],
    relimited: ['PATCH', '', { rate_limit_per_hour: 10 }],
  };
  const names = Object.keys(changes);
  const keys = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await create({})] as const)),
  );
  const stopped = await create({});
  const limited = await create({ rate_limit_per_hour: LIMIT });
  const used = Object.entries({ ...keys, stopped, limited });
  const began = Date.now();
  for (const client of clients) {
    client.send(Object.fromEntries(used.map(([name, { api_key }]) => [name, api_key])));
  }
  const oldTerms = JSON.stringify([['a'], 100_000]);
  const isLocal = ({ stats, seen }: Report) =>
    stats.local > 1000 && names.every((name) => (seen[name]?.accepted[oldTerms]?.count ?? 0) > 100);
  await untilAll(isLocal);

  const confirmedAt: Record<string, bigint> = {};
  const make = async (name: string, [method, suffix, body]: [string, string, object?]) => {
    const keyId = (keys[name] ?? stopped).key_id;
    const status = await confirm(service, method, `/api/v1/keys/${keyId}${suffix}`, body);
    // A 409 confirms nothing.
    if (status === 409) await confirm(service, 'DELETE', `/api/v1/keys/${keyId}`, undefined);
    confirmedAt[name] = process.hrtime.bigint();
  };
  await Promise.all(names.map((name) => make(name, changes[name] ?? ['', ''])));

  // A client that stands still in the middle of a lease.
  const [, , sleeper] = clients as [ChildProcess, ChildProcess, ChildProcess];
  sleeper.kill('SIGSTOP');
  await make('stopped', ['DELETE', '']);
  sleeper.kill('SIGCONT');

  const reports = await untilAll(
    ({ seen }) =>
      ['revoked', 'rotated', 'suspended', 'stopped'].every((name) => seen[name]?.refused.revoked) &&
      seen.narrowed?.accepted[JSON.stringify([['b'], 100_000])] !== undefined &&
      seen.relimited?.refused.rate_limited !== undefined &&
      seen.limited?.refused.rate_limited !== undefined,
  );
  for (const { seen } of reports) {
    for (const [name, at] of Object.entries(confirmedAt)) {
      const lastStart = seen[name]?.accepted[oldTerms]?.lastStart ?? '0';
      expect([name, BigInt(lastStart) < at]).toEqual([name, true]);
    }
  }
  const accepted = reports.flatMap(({ seen }) => Object.values(seen.limited?.accepted ?? {}));
  const hours = 1 + Math.floor(Date.now() / HOUR_MS) - Math.floor(began / HOUR_MS);
  const total = accepted.reduce((sum, { count }) => sum + count, 0);
  expect(total).toBeLessThanOrEqual(LIMIT * hours);
  expect(total).toBeGreaterThan(LIMIT / 2);
}, 120_000);
