import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { matchNamedToken } from '../../lib/aws/secrets/named-tokens.ts';
import { VARIABLES } from '../../lib/environment.ts';
import type { Operation } from '../../lib/http/openapi/operation.ts';
import { operations } from '../../lib/http/openapi/operations.ts';
import { ADMIN_TOKEN } from '../support/client.ts';
import { countedIn, logLines } from '../support/log-lines.ts';
import { newToken, putNamedTokens, putSecret, sha256Of } from '../support/secrets.ts';
import { invalid, NOW, problem } from '../support/service.ts';
import {
  as,
  debited,
  notFound,
  overLimit,
  recorded,
  TEN_MINUTES_MS,
  UNKNOWN_ID,
  useUsage,
} from '../support/usage-requests.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

const { service, record, debit } = useUsage();
const unavailable = problem(503, 'Service Unavailable', 'Service temporarily unavailable');
const forbidden = (detail: string) => problem(403, 'Forbidden', detail);
const onlyReads = forbidden(
  'A token with the role auditor may only read; use one with the role admin',
);
const onlyReports = forbidden(
  'A token with the role service may only report usage; use one with another role',
);
const foreignService = forbidden(
  'A token with the role service may only report usage of its own service; service_id and the key must be for it',
);

const admin = newToken();
const auditor = newToken();
const reporter = newToken();
const ENTRIES = {
  alice: { sha256: sha256Of(admin), role: 'admin' },
  audit: { sha256: sha256Of(auditor), role: 'auditor' },
  'prediction-api': { sha256: sha256Of(reporter), role: 'service', service_id: 'prediction' },
};
let version: string;
let key: { api_key: string; key_id: string };
let day = 0;

const later = (ms: number) => {
  service.clock.now = new Date(service.clock.now.getTime() + ms);
};
const list = (token: string) => service.call('GET', '/api/v1/keys', as(token));
async function statuses(...tokens: string[]): Promise<number[]> {
  const found: number[] = [];
  for (const token of tokens) found.push((await list(token)).status);
  return found;
}

beforeAll(async () => {
  version = await putNamedTokens(ENTRIES);
  key = await service.create();
});
// Each test is on a day of its own, so that it reads the secrets again.
beforeEach(() => {
  day++;
  service.clock.now = new Date(NOW.getTime() + day * DAY_MS);
});
afterEach(async () => {
  service.secrets.mode = 'pass';
  await putNamedTokens(ENTRIES);
});

const forAdministrators = Object.entries(operations as Record<string, Operation>).filter(
  ([, { caller }]) => caller === 'administrator' || caller === 'auditor',
);

describe.each(forAdministrators)('%s', (route, { caller }) => {
  const [method = '', path = ''] = route.split(' ');
  const explained = path.endsWith('/explain') && { body: { key_id: UNKNOWN_ID } };
  const call = (token: string) =>
    service.call(method, path.replace('{key_id}', UNKNOWN_ID), { ...as(token), ...explained });

  test('admits an administrator with a named token', async () => {
    expect([401, 403]).not.toContain((await call(admin)).status);
  });

  test(`${caller === 'auditor' ? 'admits' : 'refuses'} an auditor`, async () => {
    const answer = await call(auditor);
    if (caller === 'auditor') expect([200, 404]).toContain(answer.status);
    else expect(answer).toEqual(onlyReads);
  });

  test('refuses a service', async () => {
    expect(await call(reporter)).toEqual(onlyReports);
  });

  test('rejects a token that is not among the named ones with 401', async () => {
    expect(await call(newToken())).toEqual(invalid);
  });
});

describe('usage reports', () => {
  test('are taken from a service for its own keys', async () => {
    expect(await record(key.key_id, {}, as(reporter))).toEqual(recorded);
    expect(await debit(key.key_id, {}, as(reporter))).toEqual(debited(null));
    const limited = await service.create({ monthly_prediction_limit: 4 });
    expect(await debit(limited.key_id, {}, as(reporter))).toEqual(debited(1));
    expect(await debit(limited.key_id, {}, as(reporter))).toEqual(overLimit);
    expect(await record(limited.key_id, {}, as(reporter))).toEqual(recorded);
  });

  test('are taken from a service for a key that was revoked by its rotation', async () => {
    const old = await service.create();
    await service.call('POST', `/api/v1/keys/${old.key_id}/rotate`);
    expect(await record(old.key_id, {}, as(reporter))).toEqual(recorded);
  });

  test('of a service for a key that is suspended or revoked are recorded, but not debited', async () => {
    const used = await service.create();
    const path = `/api/v1/keys/${used.key_id}`;
    expect(await debit(used.key_id, {}, as(reporter))).toEqual(debited(null));
    await service.call('PATCH', path, { body: { suspended: true } });
    // A cached key that was read before the suspension.
    expect(await debit(used.key_id, {}, as(reporter))).toEqual(invalid);
    expect(await record(used.key_id, {}, as(reporter))).toEqual(recorded);
    await service.call('PATCH', path, { body: { suspended: false } });
    // A cached key that was read before the suspension ended.
    expect(await debit(used.key_id, {}, as(reporter))).toEqual(debited(null));
    await service.call('DELETE', path);
    expect(await debit(used.key_id, {}, as(reporter))).toEqual(invalid);
    later(TEN_MINUTES_MS);
    expect(await record(used.key_id, {}, as(reporter))).toEqual(recorded);
  });

  test('of another service, or for its key, are refused and count nothing', async () => {
    const other = await service.create({ service_id: 'platform', monthly_prediction_limit: 9 });
    for (const report of [record, debit]) {
      const own = { service_id: 'platform' };
      expect(await report(other.key_id, {}, as(reporter))).toEqual(foreignService);
      expect(await report(other.key_id, own, as(reporter))).toEqual(foreignService);
      expect(await report(key.key_id, own, as(reporter))).toEqual(foreignService);
    }
    expect(await debit(other.key_id, { predictions_count: 9 }, as(admin))).toEqual(debited(0));
  });

  test('for a key that does not exist are answered with 404', async () => {
    expect(await record(UNKNOWN_ID, {}, as(reporter))).toEqual(notFound);
    expect(await debit(UNKNOWN_ID, {}, as(reporter))).toEqual(notFound);
  });

  test('are taken from an administrator, and not from an auditor', async () => {
    expect(await record(key.key_id, {}, as(admin))).toEqual(recorded);
    expect(await record(key.key_id, {}, as(auditor))).toEqual(onlyReads);
    expect(await debit(key.key_id, {}, as(auditor))).toEqual(onlyReads);
    expect(await record(key.key_id, {}, as(newToken()))).toEqual(invalid);
  });

  test('from a service are two writes once its token and the key are cached', async () => {
    await record(key.key_id, {}, as(reporter));
    service.dynamodb.actions.length = 0;
    service.secrets.actions.length = 0;
    await record(key.key_id, {}, as(reporter));
    expect(service.dynamodb.actions).toEqual(['UpdateItem', 'PutItem']);
    expect(service.secrets.actions).toEqual([]);
  });
});

test('a validation reads past a token beside a key, and takes one alone for a wrong key', async () => {
  const validate = (headers: object) =>
    service.call('POST', '/api/v1/keys/validate', {
      admin: false,
      headers: { authorization: `Bearer ${reporter}`, ...headers },
    });
  expect((await validate({ 'x-api-key': key.api_key })).status).toBe(200);
  expect(await validate({})).toMatchObject({ status: 401, body: { code: 'invalid_key' } });
});

test('a principal has the name and the version of the secret that held its token', async () => {
  version = await putNamedTokens(ENTRIES);
  const principals = [admin, auditor, reporter].map((token) =>
    matchNamedToken(token, service.clock.now),
  );
  expect(await Promise.all(principals)).toEqual([
    { kind: 'admin', token: { name: 'alice', version } },
    { kind: 'auditor', token: { name: 'audit', version } },
    { kind: 'service', token: { name: 'prediction-api', version }, serviceId: 'prediction' },
  ]);
});

describe('log lines and metrics', () => {
  const keyPath = `/api/v1/keys/${UNKNOWN_ID}`;
  const PATCH = { body: { nonsense: 1 } };

  test.each<[string, string, string, string, object, object]>([
    ['alice', admin, 'GET', '/api/v1/keys', {}, { status: 200 }],
    ['alice', admin, 'GET', keyPath, {}, { status: 404, code: 'key_not_found' }],
    ['alice', admin, 'PATCH', keyPath, PATCH, { status: 400, code: 'bad_request' }],
    ['audit', auditor, 'DELETE', keyPath, {}, { status: 403, code: 'forbidden_to_auditor' }],
    ['prediction-api', reporter, 'GET', keyPath, {}, { status: 403, code: 'forbidden_to_service' }],
    ['admin', ADMIN_TOKEN, 'GET', '/api/v1/keys', {}, { status: 200 }],
  ])(
    'of a request name the token %s: %s',
    async (token, bearer, method, path, options, expected) => {
      const lines = await logLines(() => service.call(method, path, { ...options, ...as(bearer) }));
      const { status } = expected as { status: number };
      expect(lines).toEqual([
        expect.objectContaining({
          message: 'request',
          token,
          source_ip: expect.any(String),
          request_id: expect.any(String),
          route: expect.stringContaining(method),
          ...expected,
        }),
      ]);
      expect(countedIn(lines)).toEqual([
        {
          TokenRequests: 1,
          ...(status >= 400 && { ClientErrors: 1 }),
          ...(status === 403 && { ForbiddenRequests: 1 }),
        },
      ]);
    },
  );

  test('count requests by token', async () => {
    const [line] = await logLines(() => list(auditor));
    expect(line).toMatchObject({
      token: 'audit',
      _aws: {
        CloudWatchMetrics: [
          { Dimensions: [['token']], Metrics: [{ Name: 'TokenRequests', Unit: 'Count' }] },
        ],
      },
    });
  });

  test('of a report name the token of its service', async () => {
    const lines = await logLines(async () => {
      await record(key.key_id, {}, as(reporter));
      await record(key.key_id, { service_id: 'platform' }, as(reporter));
      await record(key.key_id, {}, as(key.api_key));
    });
    // A line without metrics has no directives for them.
    expect(lines.map((line) => '_aws' in line)).toEqual([true, true, false]);
    expect(lines.map(({ status, code, token }) => [status, code, token])).toEqual([
      [200, undefined, 'prediction-api'],
      [403, 'foreign_service', 'prediction-api'],
      [200, undefined, undefined],
    ]);
    expect(countedIn(lines)).toEqual([
      { TokenRequests: 1 },
      { TokenRequests: 1, ForbiddenRequests: 1, ClientErrors: 1 },
      {},
    ]);
  });

  test('of a wrong token name none and count a failure', async () => {
    const lines = await logLines(() => list(newToken()));
    expect(lines).toMatchObject([{ status: 401, code: 'bad_credentials' }]);
    expect(lines[0]).not.toHaveProperty('token');
    expect(countedIn(lines)).toEqual([{ AdminAuthenticationFailures: 1, ClientErrors: 1 }]);
  });
});

test('a token in a field or a header that is kept is refused or masked', async () => {
  const body = { name: admin, service_id: 'prediction', [admin]: 1 };
  const { status, body: answer } = await service.call('POST', '/api/v1/keys', { body });
  expect(status).toBe(400);
  expect(answer.errors).toEqual([
    { field: 'name', message: 'must not contain an API key or token' },
    { field: `${admin.slice(0, 7)}***`, message: 'is not a field of this request' },
  ]);
});

test.each([
  ['seconds', '18:31:00Z'],
  ['milliseconds', '18:31:00.000Z'],
  ['an offset', '20:31:00+02:00'],
])('a token is refused from its expiry on, which is given with %s', async (_, time) => {
  const token = newToken();
  const expires_at = `${service.clock.now.toISOString().slice(0, 10)}T${time}`;
  await putNamedTokens({ temporary: { sha256: sha256Of(token), role: 'auditor', expires_at } });
  later(MINUTE_MS - 1);
  expect((await list(token)).status).toBe(200);
  later(1);
  expect(await list(token)).toEqual(invalid);
});

test('a token is taken up, renamed and removed within a minute', async () => {
  const token = newToken();
  const entry = { sha256: sha256Of(token), role: 'admin' };
  expect(await statuses(token, auditor)).toEqual([401, 200]);
  await putNamedTokens({ ...ENTRIES, fresh: entry });
  later(MINUTE_MS);
  expect(await statuses(token, auditor)).toEqual([200, 200]);
  await putNamedTokens({ ...ENTRIES, fresh: { ...entry, role: 'auditor' } });
  later(MINUTE_MS);
  const create = { body: { name: 'x', service_id: 'website' }, ...as(token) };
  expect(await service.call('POST', '/api/v1/keys', create)).toEqual(onlyReads);
  await putNamedTokens(ENTRIES);
  later(MINUTE_MS);
  expect(await statuses(token, auditor)).toEqual([401, 200]);
});

test('without named tokens the rotating token works as before', async () => {
  await putNamedTokens({});
  expect(await statuses(ADMIN_TOKEN, admin)).toEqual([200, 401]);
});

test('requests with wrong tokens read the named tokens once in half a minute', async () => {
  service.secrets.actions.length = 0;
  const wrong = () => list(newToken());
  await Promise.all(Array.from({ length: 20 }, wrong));
  later(29_999);
  await wrong();
  expect(service.secrets.actions).toEqual(['GetSecretValue']);
});

describe('a malformed secret', () => {
  const digest = sha256Of(admin);
  const entry = { sha256: digest, role: 'admin' };

  test.each<[string, object | string, string]>([
    ['text that is no JSON', `${admin}, not JSON`, 'the whole'],
    ['a list', [entry], 'the whole'],
    ['a token under two names', { a: entry, b: { ...entry, role: 'auditor' } }, 'the whole'],
    ['a token in place of a name', { [admin]: entry }, 'a name'],
    ['the name of the rotating token', { admin: entry }, 'a name'],
    ['a token in place of its digest', { ci: { ...entry, sha256: admin } }, 'ci.sha256'],
    ['an unknown role', { ci: { ...entry, role: 'root' } }, 'ci.role'],
    ['a service without service_id', { ci: { ...entry, role: 'service' } }, 'ci.service_id'],
    ['a service_id without its role', { ci: { ...entry, service_id: 'platform' } }, 'ci'],
    ['a misspelt field', { ci: { ...entry, expire_at: '2026-11-24T00:00:00Z' } }, 'ci'],
    ['a day that does not exist', { ci: { ...entry, expires_at: '2026-02-30' } }, 'ci.expires_at'],
  ])(
    'with %s is logged without its content, and decides on no token',
    async (_, content, place) => {
      await putNamedTokens(content);
      const lines = await logLines(async () => expect(await list(admin)).toEqual(unavailable));
      expect(lines).toMatchObject([
        {
          level: 'ERROR',
          error: { cause: { message: `the secret of named tokens is malformed: ${place}` } },
        },
        { status: 503, code: 'unavailable' },
      ]);
      // The search for leaks fails if a line has the token or its digest.
      expect(await statuses(ADMIN_TOKEN, 'guess')).toEqual([200, 401]);
    },
  );

  test('is read again after a second, and not before', async () => {
    await putNamedTokens('{');
    expect(await list(admin)).toEqual(unavailable);
    await putNamedTokens(ENTRIES);
    later(999);
    expect(await list(admin)).toEqual(unavailable);
    later(1);
    expect((await list(admin)).status).toBe(200);
  });

  test('does not keep a rotated admin token from being accepted', async () => {
    await putNamedTokens('{');
    expect(await statuses(ADMIN_TOKEN)).toEqual([200]);
    await putSecret(VARIABLES.adminTokenSecret, 'the-next-admin-token');
    later(1000);
    expect(await statuses('the-next-admin-token', ADMIN_TOKEN, admin)).toEqual([200, 401, 503]);
    await putSecret(VARIABLES.adminTokenSecret, ADMIN_TOKEN);
  });
});

test('without Secrets Manager cached tokens work for half a minute, and then none', async () => {
  expect(await statuses(ADMIN_TOKEN, admin)).toEqual([200, 200]);
  service.secrets.mode = 'cut';
  later(29_999);
  expect(await statuses(ADMIN_TOKEN, admin, newToken())).toEqual([200, 200, 401]);
  later(1);
  expect(await list(admin)).toEqual(unavailable);
  expect(await list(ADMIN_TOKEN)).toEqual(unavailable);
});
