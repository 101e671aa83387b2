import { randomInt } from 'node:crypto';
import { afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { generateKey } from '../../lib/domain/key.ts';
import { type CHECKS, KEY_CHECKS } from '../../lib/domain/posture.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../lib/domain/time.ts';
import { VARIABLES } from '../../lib/environment.ts';
import type { assessPosture } from '../../lib/service/assess-posture.ts';
import { captureIssued } from '../support/captured.ts';
import { logLines } from '../support/log-lines.ts';
import {
  COMMON_HEADERS,
  invalid,
  notAuthenticated,
  problem,
  useService,
} from '../support/service.ts';

/**
 * The secrets are made now, and their ages are compared with the clock of the tests. That is ahead,
 * because a request that was received some seconds ago has so much less time.
 */
const START = new Date(Date.now() + MINUTE_MS);
const after = (ms: number) => new Date(START.getTime() + ms);

const service = useService();
let assess: typeof assessPosture;
beforeAll(async () => {
  assess = (await import('../../lib/service/assess-posture.ts')).assessPosture;
  // The first write of this kind makes a connection, which may take longer than it is waited for.
  service.clock.now = after(-30 * DAY_MS);
  await guess();
});
beforeEach(() => {
  service.clock.now = START;
});
afterEach(() => {
  service.dynamodb.mode = 'pass';
});

const posture = () => service.call('GET', '/api/v1/security/posture');
const guess = () =>
  service.call('GET', '/api/v1/keys', { admin: false, headers: { authorization: 'Bearer guess' } });

/** Returns one check of the answer. */
async function check(name: (typeof CHECKS)[number]) {
  const { body } = await posture();
  return body.checks.find((result: { check: string }) => result.check === name);
}

const nothing = (name: string, message: string) => ({
  check: name,
  status: 'ok',
  count: 0,
  message,
  keys: [],
  more: null,
});
const LIVE = [
  nothing(
    'ended_key_presented',
    'Rotated or revoked keys that were presented in the last 7 days: 0.',
  ),
  nothing(
    'foreign_environment',
    'Keys presented in the wrong environment in the last 24 hours: 0.',
  ),
  nothing(
    'admin_failures',
    'Requests with wrong credentials of an administrator in the last 24 hours: 0.',
  ),
  nothing('admin_token_age', 'The admin token is 0 days old, and is rotated every 30 days.'),
  nothing('pepper_age', 'The pepper is 0 days old; renew it once a year.'),
];
const NO_SNAPSHOT = {
  status: 200,
  headers: COMMON_HEADERS,
  body: {
    as_of: null,
    stage: 'hokusai-api-keys-local',
    keys: null,
    checks: [
      ...KEY_CHECKS.map((name) => ({
        check: name,
        status: 'attention',
        count: null,
        message:
          'Not known yet: the daily check of all keys completes within 15 minutes of a deployment.',
        keys: [],
        more: null,
      })),
      ...LIVE,
    ],
  },
};

test('counts the first refused request of a process exactly', async () => {
  service.clock.now = after(-30 * DAY_MS);
  expect((await check('admin_failures')).message).toContain('in the last 24 hours: 1.');
});

test('says before the first daily check that nothing is known about the keys', async () => {
  expect(await posture()).toEqual(NO_SNAPSHOT);
  for (const query of ['finding=never_used', 'unused_days=30']) {
    expect(await service.call('GET', `/api/v1/keys?${query}`)).toEqual(
      problem(
        409,
        'Conflict',
        'The daily check of all keys has not completed yet; it runs within 15 minutes of a deployment. Try again later',
      ),
    );
  }
  const { status, body } = await service.call('GET', '/api/v1/keys?finding=ended_key_presented');
  expect([status, body]).toEqual([200, []]);
});

test('names the newest ten keys of a check, and links to all of them', async () => {
  const created: { key_id: string; name: string; key_prefix: unknown }[] = [];
  for (let i = 0; i < 11; i++) {
    service.clock.now = after(i);
    const { key_id, key_info } = await service.create({ name: `key ${i}` });
    created.unshift({ key_id, name: `key ${i}`, key_prefix: key_info.key_prefix });
  }
  await service.create({ scopes: ['read'] });
  const asOf = after(MINUTE_MS);
  const runs = await Promise.all([0, 1].map(() => assess(asOf, asOf, () => true)));
  expect(runs.map(({ kind }) => kind).sort()).toEqual(['completed', 'overtaken']);
  service.dynamodb.actions.length = 0;
  service.secrets.actions.length = 0;
  expect(await posture()).toEqual({
    ...NO_SNAPSHOT,
    body: {
      ...NO_SNAPSHOT.body,
      as_of: asOf.toISOString(),
      keys: 12,
      checks: [
        ...KEY_CHECKS.map((name) =>
          name === 'no_scopes'
            ? {
                check: name,
                status: 'attention',
                count: 11,
                message:
                  'Keys without scopes, which may do everything within their service: 11. Give each the scopes that it needs.',
                keys: created.slice(0, 10),
                more: '/api/v1/keys?finding=no_scopes',
              }
            : nothing(name, expect.stringMatching(/: 0\.$/) as unknown as string),
        ),
        ...LIVE,
      ],
    },
  });
  expect(service.dynamodb.actions.sort()).toEqual(['GetItem', 'Query', 'Query']);
  expect(service.secrets.actions.filter((action) => action !== 'GetSecretValue')).toEqual([
    'ListSecretVersionIds',
    'ListSecretVersionIds',
  ]);
});

test('lists a finding as the keys are now: one that was corrected is missing', async () => {
  const { body } = await service.call('GET', '/api/v1/keys?finding=no_scopes');
  const [newest, next] = body;
  const path = `/api/v1/keys/${newest.key_id}`;
  await service.call('PATCH', path, { body: { scopes: ['read'] } });
  const again = await service.call('GET', '/api/v1/keys?finding=no_scopes');
  expect(again.body).toHaveLength(10);
  expect(again.body[0]).toEqual(next);
});

test('knows nothing about the keys when the last check is three days old', async () => {
  service.clock.now = after(3 * DAY_MS + MINUTE_MS + 1000);
  expect((await posture()).body).toMatchObject({ as_of: null, keys: null });
  expect((await service.call('GET', '/api/v1/keys?unused_days=2')).status).toBe(409);
});

test('shows for seven days that a rotated or revoked key is still presented', async () => {
  const [rotated, revoked] = [
    await service.create({ name: 'a' }),
    await service.create({ name: 'b' }),
  ];
  await service.call('POST', `/api/v1/keys/${rotated.key_id}/rotate`);
  await service.call('DELETE', `/api/v1/keys/${revoked.key_id}`);
  const present = async ({ api_key }: { api_key: string }) => {
    service.dynamodb.actions.length = 0;
    expect((await service.validate(api_key)).body.code).toBe('revoked');
    return [...service.dynamodb.actions];
  };
  // The first is the count that the rotation has made fail.
  expect(await present(rotated)).toEqual(['UpdateItem', 'UpdateItem']);
  expect(await present(rotated)).toEqual([]);
  await present(revoked);
  const { count, status, keys, message } = await check('ended_key_presented');
  expect([count, status]).toEqual([2, 'attention']);
  expect(message).toMatch(/ in the last 7 days: 2\. Find the callers /);
  expect(new Set(keys.map(({ name }: { name: string }) => name))).toEqual(new Set(['a', 'b']));
  const { body } = await service.call('GET', '/api/v1/keys?finding=ended_key_presented&limit=1');
  expect(body.map(({ is_active }: { is_active: boolean }) => is_active)).toEqual([false]);
  service.clock.now = after(HOUR_MS);
  expect(await present(rotated)).toEqual(['UpdateItem']);
  service.clock.now = after(7 * DAY_MS + 1);
  expect((await check('ended_key_presented')).keys).toMatchObject([{ key_id: rotated.key_id }]);
  service.clock.now = after(7 * DAY_MS + HOUR_MS + 1);
  expect((await check('ended_key_presented')).count).toBe(0);
});

test('makes the note of an ended key with its next presentation if it failed', async () => {
  service.clock.now = after(60 * DAY_MS);
  const { api_key, key_id } = await service.create();
  await service.call('DELETE', `/api/v1/keys/${key_id}`);
  // The read of the key succeeds, and the note after it fails.
  service.dynamodb.before = async () => {
    service.dynamodb.mode = 'cut';
  };
  const lines = await logLines(async () =>
    expect((await service.validate(api_key)).body.code).toBe('revoked'),
  );
  expect(lines.map(({ message }) => message)).toContain('note of an ended key failed');
  service.dynamodb.before = undefined;
  service.dynamodb.mode = 'pass';
  expect((await check('ended_key_presented')).count).toBe(0);
  expect((await service.validate(api_key)).body.code).toBe('revoked');
  expect((await check('ended_key_presented')).keys).toMatchObject([{ key_id }]);
});

test('a rejected key of which no note can be made is answered all the same', async () => {
  const { api_key, key_id } = await service.create();
  await service.call('DELETE', `/api/v1/keys/${key_id}`);
  service.dynamodb.before = async () => {
    service.dynamodb.mode = 'hang';
  };
  const began = performance.now();
  expect((await service.validate(api_key)).body.code).toBe('revoked');
  expect(performance.now() - began).toBeLessThan(4000);
  service.dynamodb.before = undefined;
});

test('counts for a day the wrong credentials of administrators, and no missing ones', async () => {
  const now = after(10 * DAY_MS);
  service.clock.now = now;
  for (let i = 0; i < 3; i++) expect(await guess()).toEqual(invalid);
  await service.call('GET', '/api/v1/keys', { admin: false });
  expect(await check('admin_failures')).toMatchObject({ count: 3, status: 'attention', keys: [] });
  service.clock.now = new Date(now.getTime() + DAY_MS);
  expect(await check('admin_failures')).toMatchObject({ count: 3 });
  service.clock.now = new Date(now.getTime() + DAY_MS + HOUR_MS);
  expect(await check('admin_failures')).toMatchObject({ count: 0, status: 'ok' });
});

test('makes 30 writes a minute at most for a flood, and then says at least how many there were', async () => {
  // The start of a minute, so that the flood is within it.
  const now = new Date(Math.ceil(START.getTime() / MINUTE_MS) * MINUTE_MS + 20 * DAY_MS);
  service.clock.now = now;
  service.dynamodb.actions.length = 0;
  for (let i = 0; i < 120; i++) await guess();
  expect(service.dynamodb.actions).toEqual(Array.from({ length: 30 }, () => 'UpdateItem'));
  const during = await check('admin_failures');
  expect(during).toMatchObject({ count: 30, status: 'attention' });
  expect(during.message).toContain('at least 30.');
  service.clock.now = new Date(now.getTime() + MINUTE_MS);
  await guess();
  expect(await check('admin_failures')).toMatchObject({ count: 121, status: 'problem' });
});

test('says at least how many there were after a write that failed', async () => {
  service.clock.now = after(40 * DAY_MS);
  expect((await service.call('GET', '/api/v1/keys')).status).toBe(200);
  service.dynamodb.mode = 'cut';
  const lines = await logLines(async () => expect(await guess()).toEqual(invalid));
  expect(lines.map(({ message }) => message)).toContain('tally failed');
  service.dynamodb.mode = 'pass';
  await guess();
  expect((await check('admin_failures')).message).toContain('at least 1.');
});

test.each([
  ['cut', 'socket hang up'],
  ['hang', 'ETIMEDOUT'],
] as const)(
  'reports the rest while Secrets Manager does not tell the ages (%s)',
  async (mode, reason) => {
    service.clock.now = after(50 * DAY_MS);
    expect((await posture()).status).toBe(200);
    service.secrets.mode = mode;
    const lines = await logLines(async () => {
      const { status, body } = await posture();
      expect(status).toBe(200);
      expect(body.checks.slice(-2)).toMatchObject([
        { check: 'admin_token_age', status: 'attention', count: null },
        { check: 'pepper_age', status: 'attention', count: null },
      ]);
    });
    service.secrets.mode = 'pass';
    const unknown = lines.filter(({ message }) => message === 'age of a secret unknown');
    expect(unknown).toHaveLength(2);
    for (const { error } of unknown) expect(JSON.stringify(error)).toContain(reason);
  },
);

test('responds with 500 where there is no such secret', async () => {
  const { [VARIABLES.pepperSecret]: pepper } = process.env;
  service.clock.now = after(50 * DAY_MS);
  expect((await posture()).status).toBe(200);
  process.env[VARIABLES.pepperSecret] = 'missing';
  const { status } = await posture();
  process.env[VARIABLES.pepperSecret] = pepper;
  expect(status).toBe(500);
});

test('counts keys of another environment that may be real, where they are validated or sent as a token', async () => {
  const { KEY_ENVIRONMENTS } = process.env;
  process.env.KEY_ENVIRONMENTS = 'production';
  const { text } = generateKey('test', randomInt);
  captureIssued(text);
  const madeUp = text.slice(0, -1) + (text.endsWith('0') ? '1' : '0');
  service.clock.now = after(30 * DAY_MS);
  for (const presented of [text, madeUp]) {
    expect((await service.validate(presented)).body.code).toBe('environment_mismatch');
    const headers = { authorization: `Bearer ${presented}` };
    expect(await service.call('GET', '/api/v1/keys', { admin: false, headers })).toEqual(invalid);
  }
  process.env.KEY_ENVIRONMENTS = KEY_ENVIRONMENTS;
  expect(await check('foreign_environment')).toEqual({
    check: 'foreign_environment',
    status: 'attention',
    count: 2,
    message: 'Keys presented in the wrong environment in the last 24 hours: 2.',
    keys: [],
    more: null,
  });
});

test.each(['cut', 'hang'] as const)(
  'answers wrong credentials with 401 in time when DynamoDB is in the mode %s',
  async (mode) => {
    service.clock.now = after(mode === 'cut' ? 50 * DAY_MS : 51 * DAY_MS);
    await posture();
    service.dynamodb.mode = mode;
    const began = performance.now();
    expect(await guess()).toEqual(invalid);
    // The wrong token itself waits up to a second for a newer admin token.
    expect(performance.now() - began).toBeLessThan(4000);
  },
);

test('reports the ages of the admin token and of the pepper', async () => {
  const ages = async (days: number) => {
    service.clock.now = after((days + 0.5) * DAY_MS);
    const { body } = await posture();
    return body.checks
      .slice(-2)
      .map(({ status, count }: { status: string; count: number }) => [status, count]);
  };
  expect(await ages(30)).toEqual([
    ['ok', 30],
    ['ok', 30],
  ]);
  expect(await ages(31)).toEqual([
    ['attention', 31],
    ['ok', 31],
  ]);
  expect(await ages(365)).toEqual([
    ['problem', 365],
    ['attention', 365],
  ]);
});

test('responds with 503 without DynamoDB', async () => {
  service.dynamodb.mode = 'cut';
  expect(await posture()).toEqual(
    problem(503, 'Service Unavailable', 'Service temporarily unavailable'),
  );
});

test('rejects a request without credentials with 401', async () => {
  expect(await service.call('GET', '/api/v1/security/posture', { admin: false })).toEqual(
    notAuthenticated,
  );
});
