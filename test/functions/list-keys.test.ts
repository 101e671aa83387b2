import { beforeAll, expect, test } from '@jest/globals';
import { FINDINGS } from '../../lib/domain/posture.ts';
import { DAY_MS } from '../../lib/domain/time.ts';
import { COMMON_HEADERS, NOW, problem, useService } from '../support/service.ts';
import { until } from '../support/until.ts';

const daysAgo = (days: number) => new Date(NOW.getTime() - days * DAY_MS);

const service = useService();
const ids: Record<string, string> = {};
const prefixes: Record<string, string> = {};

beforeAll(async () => {
  const make = async (name: string, createdAt: Date, fields: object) => {
    service.clock.now = createdAt;
    const { key_id, key_info } = await service.create({ name, ...fields });
    ids[name] = key_id;
    prefixes[name] = String(key_info.key_prefix);
  };
  await make('old test', daysAgo(200), { environment: 'test' });
  await make('old', daysAgo(91), {});
  await make('old revoked', daysAgo(91), {});
  await make('old development', daysAgo(90), { environment: 'development' });
  await make('expired', daysAgo(2), { expires_in_days: 1 });
  await make('website', daysAgo(1), { service_id: 'website', user_id: 'someone' });
  await make('suspended', daysAgo(1.5), { user_id: 'someone' });
  await make('new', NOW, {});
  service.clock.now = NOW;
  await service.call('DELETE', `/api/v1/keys/${ids['old revoked']}`);
  const suspended = { body: { suspended: true } };
  await service.call('PATCH', `/api/v1/keys/${ids.suspended}`, suspended);
});

const list = (query = '') => service.call('GET', `/api/v1/keys${query}`);
const names = (body: { name: string }[]) => body.map(({ name }) => name);

test('lists all keys, newest first, as GET returns each', async () => {
  const answer = await list();
  expect(answer.headers).toEqual(COMMON_HEADERS);
  expect(answer.status).toBe(200);
  const young = ['new', 'website', 'suspended', 'expired', 'old development'];
  expect(names(answer.body).slice(0, 5)).toEqual(young);
  expect(names(answer.body).slice(5, 7).sort()).toEqual(['old', 'old revoked']);
  expect(names(answer.body).slice(7)).toEqual(['old test']);
  for (const info of answer.body) {
    expect((await service.call('GET', `/api/v1/keys/${info.key_id}`)).body).toEqual(info);
  }
});

test.each([
  ['?service_id=website', ['website']],
  ['?service_id=nothing', []],
  ['?environment=test', ['old test']],
  ['?active_only=True', ['new', 'website', 'old development', 'old', 'old test']],
  ['?active_only=1&environment=production', ['new', 'website', 'old']],
  [
    '?active_only=FALSE&environment=production',
    ['new', 'website', 'suspended', 'expired', 'old', 'old revoked'],
  ],
  ['?rotation_due=true', ['old', 'old test']],
  ['?rotation_due=true&environment=production', ['old']],
  ['?rotation_due=0&environment=test', ['old test']],
  ['?user_id=someone', ['website', 'suspended']],
  ['?user_id=someone&active_only=true', ['website']],
  ['?user_id=nobody', []],
  ['?name=OLD', ['old test', 'old', 'old revoked', 'old development']],
  ['?name=old&user_id=admin&environment=production', ['old', 'old revoked']],
  ['?name=no%20such', []],
])('%s', async (query, expected) => {
  const { status, body } = await list(query);
  expect(status).toBe(200);
  expect(names(body).sort()).toEqual([...expected].sort());
});

test('finds a key by its prefix, with or without the asterisks, and with other filters', async () => {
  const prefix = prefixes['old revoked'] ?? '';
  for (const key_prefix of [prefix, prefix.slice(0, -3)]) {
    const query = new URLSearchParams({ key_prefix, limit: '1' });
    expect(names((await list(`?${query}`)).body)).toEqual(['old revoked']);
    expect((await list(`?${query}&active_only=true`)).body).toEqual([]);
    expect((await list(`?${query}&user_id=someone`)).body).toEqual([]);
  }
});

test('finds a key by its new name', async () => {
  const { key_id, key_info } = await service.create({ name: 'before', user_id: 'renamer' });
  const { body } = await service.call('PATCH', `/api/v1/keys/${key_id}`, {
    body: { name: 'after' },
  });
  expect(body).toEqual({ ...key_info, name: 'after' });
  expect((await list('?user_id=renamer&name=AFT')).body).toEqual([body]);
  expect((await list('?user_id=renamer&name=before')).body).toEqual([]);
  await service.remove(key_id);
});

test.each(['', '&active_only=true', '&user_id=someone', '&name=old', '&user_id=admin&name=e'])(
  'links every page to the next until the last%s',
  async (filter) => {
    const { body: whole } = await list(`?limit=1000${filter}`);
    for (const limit of [1, 2, 3, whole.length]) {
      const seen: unknown[] = [];
      let path: string | undefined = `/api/v1/keys?limit=${limit}${filter}`;
      while (path) {
        const answer = await service.call('GET', path);
        expect(answer.status).toBe(200);
        expect(answer.body.length).toBeLessThanOrEqual(limit);
        seen.push(...answer.body);
        path = answer.headers.link?.match(/^<(.*)>; rel="next"$/)?.[1];
      }
      expect(seen).toEqual(whole);
    }
  },
);

test('gives no link when a page ends with the last key', async () => {
  const { body: whole } = await list();
  expect((await list(`?limit=${whole.length}`)).headers).toEqual(COMMON_HEADERS);
});

const limit = 'must be a whole number from 1 to 1000';
const flag = 'must be true or false';
const longer =
  'must not be a key or more than its first 3 random characters, as in hk_live_AbC, because URLs end up in logs; POST /api/v1/keys/explain takes whole keys';
const start =
  'must be the start of a key with 3 random characters, as in hk_live_AbC or hk_live_AbC***';
const shortText = 'must be text of 1 to 100 characters, none of them control characters';
const cursor = 'must be the cursor of a Link header, unchanged';

test.each([
  ['limit', '0', limit],
  ['limit', '1001', limit],
  ['limit', '-1', limit],
  ['limit', '1e2', limit],
  ['limit', '', limit],
  ['active_only', 'yes', flag],
  ['active_only', '', flag],
  ['rotation_due', '2', flag],
  ['unused_days', '1', 'must be a whole number from 2 to 3650'],
  ['unused_days', '3651', 'must be a whole number from 2 to 3650'],
  ['finding', 'pepper_age', `must be one of: ${FINDINGS.join(', ')}`],
  ['environment', 'prod', 'must be one of: production, test, development'],
  ['cursor', 'x', cursor],
  ['key_prefix', `hk_live_${'a'.repeat(32)}`, longer],
  ['key_prefix', 'hk_live_AbCd', longer],
  ['key_prefix', 'hk_live_Ab', start],
  ['key_prefix', 'hk_prod_AbC', start],
  ['key_prefix', '', start],
  ['user_id', '', shortText],
  ['user_id', 'x'.repeat(101), shortText],
  ['name', '', shortText],
  ['name', `hk_live_${'a'.repeat(32)}`, 'must not contain an API key or token'],
  ['cursor', Buffer.from("2026-11-23T18:30:00.000Z ' OR 1").toString('base64url'), cursor],
  ['activeonly', 'true', 'is not a parameter of this request'],
  ['service', 'x', 'is not a parameter of this request'],
])('rejects %s=%s', async (field, value, message) => {
  expect(await list(`?${field}=${value}`)).toEqual(
    problem(400, 'Bad Request', `${field}: ${message}`, { errors: [{ field, message }] }),
  );
});

test('lists the ended keys that are presented before there is any check of all keys', async () => {
  const { api_key, key_id } = await service.create({ name: 'leaked' });
  await service.call('DELETE', `/api/v1/keys/${key_id}`);
  const ended = async () => (await list('?finding=ended_key_presented')).body;
  // A note that takes too long is made with the next presentation.
  await until(async () => {
    expect((await service.validate(api_key)).body.code).toBe('revoked');
    return (await ended()).length > 0;
  });
  expect(names(await ended())).toEqual(['leaked']);
  await service.remove(key_id);
});

test('rejects a repeated parameter', async () => {
  expect((await list('?limit=1&limit=2')).status).toBe(400);
});
