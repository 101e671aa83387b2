import { fork } from 'node:child_process';
import { once } from 'node:events';
import { beforeAll, expect, test } from '@jest/globals';
import { cleanUp } from '../support/clean-up.ts';
import { confirm } from '../support/confirm.ts';
import { programOf } from '../support/programs.ts';
import type { FaultProxy } from '../support/proxy.ts';
import { scaled } from '../support/scaled.ts';
import { type ServerProcess, startLockingDatabase, startServer } from '../support/server.ts';

const CONNECTIONS = scaled(50, 100);
const TRIES = scaled(1, 2);

/**
 * Two processes behind a proxy that rejects writes in conflict with transactions, as DynamoDB does.
 * Services call one and administrators the other, as on Lambda each function has its own processes.
 */
let database: FaultProxy;
let services: ServerProcess;
let administrators: ServerProcess;
beforeAll(async () => {
  database = await startLockingDatabase();
  const env = { DATA_DIR: ':memory:' };
  [services, administrators] = await Promise.all([startServer(env), startServer(env)]);
}, 30_000);

/** Returns the code of a validation, which is repeated while DynamoDB throttles its write. */
async function codeOf(apiKey: string): Promise<unknown> {
  for (;;) {
    const { status, body } = await services.validate(apiKey);
    if (status !== 503) return body.code;
  }
}

test(`narrows, suspends, resumes, rotates and revokes a key while ${CONNECTIONS} connections use it`, async () => {
  const flood = fork(programOf('test/support/flood.ts'), [services.url, String(CONNECTIONS)]);
  cleanUp(() => flood.kill());
  const told = async (message: object | string) => {
    flood.send(message);
    return (await once(flood, 'message'))[0];
  };
  const other = await administrators.create();
  const changes: [string, string, object | undefined][] = [
    ['PATCH', '', { scopes: ['nothing'] }],
    ['PATCH', '', { suspended: true }],
    ['PATCH', '', { suspended: false }],
    ['POST', '/rotate', { grace_period_minutes: 5 }],
    ['DELETE', '', undefined],
  ];
  for (let i = 0; i < TRIES; i++) {
    const key = await administrators.create({ rate_limit_per_hour: 100_000 });
    expect(await told(key)).toBe('flooding');
    // DynamoDB throttles four writes in five, those of administrators included.
    if (i % 2 === 1) database.mode = 'lock-and-throttle';
    for (const [method, suffix, body] of changes) {
      await confirm(administrators, method, `/api/v1/keys/${key.key_id}${suffix}`, body);
      const refused = body && 'suspended' in body && body.suspended;
      if (refused) expect(await codeOf(key.api_key)).toBe('revoked');
      if (i % 2 === 0) expect((await administrators.validate(other.api_key)).status).toBe(200);
    }
    database.mode = 'lock';
    expect((await services.validate(key.api_key)).body.code).toBe('revoked');
    expect((await told('count'))[200]).toBeGreaterThan(0);
  }
  flood.disconnect();
  await once(flood, 'exit');
}, 120_000);
