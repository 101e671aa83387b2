import { beforeEach, expect, test } from '@jest/globals';
import { MINUTE_MS } from '../../lib/domain/time.ts';
import { entry } from '../support/audit-entry.ts';
import { COMMON_HEADERS, NOW, problem, useService } from '../support/service.ts';

const conflict = problem(409, 'Conflict', 'API key has already been rotated or revoked');

const service = useService();
beforeEach(() => {
  service.clock.now = NOW;
});

const rotate = (keyId: string, body?: unknown) =>
  service.call('POST', `/api/v1/keys/${keyId}/rotate`, { body });
const info = async (keyId: string) => (await service.call('GET', `/api/v1/keys/${keyId}`)).body;

test('returns a key with the same configuration and a new expiry, and rejects the old one', async () => {
  const old = await service.create({
    expires_in_days: 30,
    scopes: ['read'],
    allowed_ips: ['127.0.0.1'],
    rate_limit_per_hour: 77,
    monthly_prediction_limit: 5,
    overage_allowed: true,
    environment: 'test',
    user_id: 'someone',
    use_case: 'batch',
  });
  expect((await service.validate(old.api_key)).status).toBe(200);
  service.clock.now = new Date('2026-12-01T00:00:00.000Z');
  const answer = await rotate(old.key_id);
  const { api_key, key_id } = answer.body;
  expect(answer).toEqual({
    status: 200,
    headers: COMMON_HEADERS,
    body: {
      api_key: expect.stringMatching(/^hk_test_[0-9A-Za-z]{32}$/),
      key_id,
      key_info: {
        ...old.key_info,
        key_id,
        key_prefix: `${api_key.slice(0, 11)}***`,
        created_at: '2026-12-01T00:00:00.000Z',
        expires_at: '2026-12-31T00:00:00.000Z',
        rotation_due_at: '2027-05-30T00:00:00.000Z',
        rotated_from: old.key_id,
      },
    },
  });
  expect(key_id).not.toBe(old.key_id);
  expect(await service.validate(old.api_key)).toMatchObject({
    status: 401,
    body: { code: 'revoked' },
  });
  expect(await service.validate(api_key)).toMatchObject({ status: 200, body: { key_id } });
  expect(await info(old.key_id)).toEqual({
    ...old.key_info,
    is_active: false,
    last_used_at: NOW.toISOString(),
    revoked_at: '2026-12-01T00:00:00.000Z',
    rotated_to: key_id,
  });
});

test('accepts the old key until the end of its grace period', async () => {
  const old = await service.create();
  const { body } = await rotate(old.key_id, { grace_period_minutes: 10 });
  const end = new Date(NOW.getTime() + 10 * MINUTE_MS);
  expect(await info(old.key_id)).toMatchObject({
    is_active: true,
    revoked_at: end.toISOString(),
    rotated_to: body.key_id,
  });
  service.clock.now = new Date(end.getTime() - 1);
  expect(await service.validate(old.api_key)).toMatchObject({
    status: 200,
    body: { expires_at: end.toISOString() },
  });
  service.clock.now = end;
  expect((await service.validate(old.api_key)).body.code).toBe('revoked');
  expect((await service.validate(body.api_key)).status).toBe(200);
});

test('lets a key in its grace period be revoked but not rotated again', async () => {
  const old = await service.create();
  const { body: successor } = await rotate(old.key_id, { grace_period_minutes: 10_080 });
  expect(await rotate(old.key_id)).toEqual(conflict);
  await service.call('DELETE', `/api/v1/keys/${old.key_id}`);
  expect((await service.validate(old.api_key)).body.code).toBe('revoked');
  expect((await service.validate(successor.api_key)).status).toBe(200);
});

test('reports a key that is revoked after its grace period as revoked, whatever the clock says', async () => {
  const { api_key, key_id } = await service.create();
  await rotate(key_id, { grace_period_minutes: 1 });
  service.clock.now = new Date(NOW.getTime() + 61_000);
  expect((await service.call('DELETE', `/api/v1/keys/${key_id}`)).status).toBe(200);
  service.clock.now = NOW;
  expect((await service.validate(api_key)).body.code).toBe('revoked');
});

test('does not wait for the rotation of another key', async () => {
  const [slow, other] = [await service.create(), await service.create()];
  const ends: [string, number][] = [];
  let rotated: Promise<unknown> | undefined;
  service.dynamodb.before = async () => {
    if (rotated || service.dynamodb.inputs.at(-1)?.action !== 'TransactWriteItems') return;
    rotated = rotate(other.key_id).then(({ status }) => ends.push(['other', status]));
    await rotated;
  };
  const { status } = await rotate(slow.key_id);
  ends.push(['slow', status]);
  await rotated;
  expect(ends).toEqual([
    ['other', 200],
    ['slow', 200],
  ]);
  service.dynamodb.before = undefined;
});

test('rejects the rotation of a rotated or revoked key', async () => {
  const rotated = await service.create();
  expect((await rotate(rotated.key_id, {})).status).toBe(200);
  expect(await rotate(rotated.key_id)).toEqual(conflict);
  const revoked = await service.create();
  await service.call('DELETE', `/api/v1/keys/${revoked.key_id}`);
  expect(await rotate(revoked.key_id)).toEqual(conflict);
});

const minutes = 'must be a whole number from 0 to 10080';
test.each([
  ['grace_period_minutes', { grace_period_minutes: -1 }, minutes],
  ['grace_period_minutes', { grace_period_minutes: 10_081 }, minutes],
  ['grace_period_minutes', { grace_period_minutes: '5' }, minutes],
  ['grace_minutes', { grace_minutes: 5 }, 'is not a field of this request'],
  [
    'reason',
    { reason: ' ' },
    'must be text of 1 to 500 characters, none of them control characters',
  ],
  ['reason', { reason: `hk_dev_${'a'.repeat(32)}` }, 'must not contain an API key or token'],
])('rejects %s of %j and rotates nothing', async (field, body, message) => {
  const { api_key, key_id } = await service.create();
  expect(await rotate(key_id, body)).toEqual(
    problem(400, 'Bad Request', `${field}: ${message}`, { errors: [{ field, message }] }),
  );
  expect((await service.validate(api_key)).status).toBe(200);
});

test('writes a rotation and its reason to the audit trail', async () => {
  const { key_id } = await service.create();
  service.clock.now = new Date(NOW.getTime() + 1000);
  const { body } = await rotate(key_id, { reason: 'yearly', grace_period_minutes: 1 });
  const now = service.clock.now.getTime();
  expect((await service.trail(key_id)).slice(0, -1)).toEqual([
    entry({
      version: 2,
      time: new Date(now).toISOString(),
      action: 'rotate',
      changes: [
        { field: 'grace_ends_at', old: null, new: new Date(now + MINUTE_MS).toISOString() },
        { field: 'rotated_to', old: null, new: body.key_id },
      ],
      reason: 'yearly',
    }),
  ]);
});
