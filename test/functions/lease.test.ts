import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { VARIABLES } from '../../lib/environment.ts';
import { COMMON_HEADERS, NOW, problem, useService } from '../support/service.ts';
import { until } from '../support/until.ts';
import { USAGE } from '../support/usage-requests.ts';

/** Shorter than the default, because most tests wait for it. */
const LEASE = 400;
const MAX_LEASE = 2000;

const service = useService();
beforeEach(() => {
  service.clock.now = NOW;
  process.env[VARIABLES.leaseMs] = String(LEASE);
});
afterEach(() => {
  service.dynamodb.mode = 'pass';
  service.dynamodb.before = undefined;
});

const validate = (key: { api_key: string }, lease_requests: unknown) =>
  service.validate(key.api_key, { lease_requests });

const leaseOf = async (key: { api_key: string }, lease_requests: number) => {
  const { status, body } = await validate(key, lease_requests);
  return status === 200 ? body.lease : body.code;
};

/** Makes keys that have been leased. */
const leased = async (fields: object = {}, milliseconds = LEASE) => {
  process.env[VARIABLES.leaseMs] = String(milliseconds);
  const key = await service.create(fields);
  expect(await leaseOf(key, 5)).toEqual({ requests: 5, milliseconds });
  return key;
};

/** Returns the milliseconds that a request took, which must succeed. */
async function duration(request: () => Promise<{ status: number }>): Promise<number> {
  const began = performance.now();
  expect(await request()).toMatchObject({ status: 200 });
  return performance.now() - began;
}

test('grants a lease, counted and marked in the one write of the validation', async () => {
  const key = await service.create({ rate_limit_per_hour: 100 });
  await service.validate(key.api_key);
  service.dynamodb.actions.length = 0;
  const { status, headers, body } = await validate(key, 50);
  expect(service.dynamodb.actions).toEqual(['UpdateItem']);
  expect({ status, headers }).toEqual({
    status: 200,
    headers: {
      ...COMMON_HEADERS,
      'ratelimit-policy': '"hour";q=100;w=3600',
      ratelimit: '"hour";r=49;t=1800',
    },
  });
  const { lease, ...rest } = body;
  expect(lease).toEqual({ requests: 50, milliseconds: LEASE });
  const { body: plain } = await service.validate(key.api_key);
  expect(rest).toEqual({ ...plain, rate_limit: { ...plain.rate_limit, remaining: 49 } });
  expect(await service.item(key.key_id)).toMatchObject({
    requests_2026112318: 52,
    lease_ms: new Set([LEASE]),
    leases: 1,
  });
});

test('neither marks nor leases a key without the field', async () => {
  const key = await service.create();
  for (const body of [undefined, {}, { lease_requests: null }]) {
    expect((await service.validate(key.api_key, body)).body).not.toHaveProperty('lease');
  }
  expect(await service.item(key.key_id)).not.toHaveProperty('lease_ms');
});

test.each([[0], [1001], [1.5], ['5'], [true], [[5]]])(
  'rejects lease_requests %j',
  async (value) => {
    const key = await service.create();
    const message = 'must be a whole number from 1 to 1000';
    const errors = [{ field: 'lease_requests', message }];
    expect(await validate(key, value)).toEqual(
      problem(400, 'Bad Request', `lease_requests: ${message}`, { errors }),
    );
    expect(await service.item(key.key_id)).not.toHaveProperty('requests_2026112318');
  },
);

test('a refusal has no lease', async () => {
  const key = await leased({ rate_limit_per_hour: 10, scopes: ['a'] });
  const other = { required_scope: 'b', lease_requests: 2 };
  expect((await service.validate(key.api_key, other)).body).not.toHaveProperty('lease');
  expect(await leaseOf(key, 5)).toEqual({ requests: 5, milliseconds: LEASE });
  const { status, body } = await validate(key, 5);
  expect([status, body.code]).toEqual([429, 'rate_limited']);
  expect(body).not.toHaveProperty('lease');
});

test('grants no lease where the stage has switched them off, and does not mark the key', async () => {
  const key = await service.create();
  process.env[VARIABLES.leaseMs] = '0';
  expect(await leaseOf(key, 5)).toBeNull();
  expect(await service.item(key.key_id)).toMatchObject({ requests_2026112318: 1 });
  expect(await service.item(key.key_id)).not.toHaveProperty('lease_ms');
});

test('grants what is left of the hour, in one more write', async () => {
  const key = await service.create({ rate_limit_per_hour: 10 });
  // Another process has counted 7 since this one read the key.
  await leaseOf(key, 1);
  await service.addTo(key.key_id, 'requests_2026112318', 6);
  service.dynamodb.actions.length = 0;
  expect(await leaseOf(key, 8)).toEqual({ requests: 3, milliseconds: LEASE });
  expect(service.dynamodb.actions).toEqual(['UpdateItem', 'UpdateItem']);
  expect(await leaseOf(key, 8)).toBe('rate_limited');
});

test('grants one request if others take what was left', async () => {
  const key = await service.create({ rate_limit_per_hour: 10 });
  await leaseOf(key, 1);
  // Another process is faster each time.
  const beFaster = async () => {
    service.dynamodb.before = undefined;
    await service.addTo(key.key_id, 'requests_2026112318', 2);
    service.dynamodb.before = beFaster;
  };
  service.dynamodb.before = beFaster;
  expect(await leaseOf(key, 8)).toEqual({ requests: 1, milliseconds: LEASE });
});

test('never grants more than the limit to simultaneous callers, nor less', async () => {
  service.dynamodb.mode = 'lock';
  const key = await service.create({ rate_limit_per_hour: 100 });
  const granted = await Promise.all(
    Array.from({ length: 40 }, (_, i) => leaseOf(key, 1 + (i % 9))),
  );
  const leases = granted.filter((lease) => lease !== 'rate_limited');
  expect(leases.reduce((sum, { requests }) => sum + requests, 0)).toBe(100);
  expect(await service.item(key.key_id)).toMatchObject({ requests_2026112318: 100 });
});

test('leases a rotated key in its grace period from the counter of its successor', async () => {
  const key = await service.create({ rate_limit_per_hour: 10 });
  const rotated = await service.call('POST', `/api/v1/keys/${key.key_id}/rotate`, {
    body: { grace_period_minutes: 5 },
  });
  expect(await leaseOf(key, 4)).toEqual({ requests: 4, milliseconds: LEASE });
  expect(await leaseOf(rotated.body, 8)).toEqual({ requests: 6, milliseconds: LEASE });
  expect(await leaseOf(key, 4)).toBe('rate_limited');
  expect(await service.item(key.key_id)).toMatchObject({ lease_ms: new Set([LEASE]) });
});

test('does not lease a rotated key whose predictions are counted elsewhere', async () => {
  const key = await service.create({ monthly_prediction_limit: 10 });
  await service.call('POST', `/api/v1/keys/${key.key_id}/rotate`, {
    body: { grace_period_minutes: 5 },
  });
  expect(await leaseOf(key, 4)).toBeNull();
});

test('a change of a leased key is answered when the lease has ended', async () => {
  const at = (key: { key_id: string }) => `/api/v1/keys/${key.key_id}`;
  const patch = (body: object) => (key: { key_id: string }) =>
    service.call('PATCH', at(key), { body });
  const changes = [
    (key: { key_id: string }) => service.call('DELETE', at(key)),
    (key: { key_id: string }) => service.call('POST', `${at(key)}/rotate`),
    patch({ scopes: ['a'] }),
    patch({ name: 'x', scopes: ['a'] }),
    patch({ allowed_ips: ['192.0.2.1'] }),
    patch({ rate_limit_per_hour: 10 }),
    patch({ monthly_prediction_limit: 1 }),
    patch({ overage_allowed: true }),
    patch({ billing_plan: 'pro' }),
    patch({ expires_in_days: 1 }),
    patch({ suspended: true }),
  ];
  const durations = await Promise.all(
    changes.map(async (change) => {
      const key = await leased();
      return duration(() => change(key));
    }),
  );
  for (const ms of durations) expect(ms).toBeGreaterThanOrEqual(LEASE);
});

test('a repeated revocation waits as well: the first may still be waiting', async () => {
  const key = await leased();
  const revoke = () => service.call('DELETE', `/api/v1/keys/${key.key_id}`);
  const first = revoke();
  expect(await duration(revoke)).toBeGreaterThanOrEqual(LEASE);
  expect((await first).status).toBe(200);
});

test('a key that was never leased does not wait, nor does a change that no answer shows', async () => {
  const [plain, renamed, relabelled, rotated, slow] = await Promise.all([
    service.create(),
    leased({}, MAX_LEASE),
    leased({}, MAX_LEASE),
    leased({}, MAX_LEASE),
    leased({}, MAX_LEASE),
  ]);
  const order: string[] = [];
  const note = (name: string, request: Promise<{ status: number }>) =>
    request.then(({ status }) => order.push(`${name} ${status}`));
  await Promise.all([
    note('leased', service.call('DELETE', `/api/v1/keys/${slow.key_id}`)),
    note('never leased', service.call('DELETE', `/api/v1/keys/${plain.key_id}`)),
    note('name', service.call('PATCH', `/api/v1/keys/${renamed.key_id}`, { body: { name: 'x' } })),
    note(
      'use case',
      service.call('PATCH', `/api/v1/keys/${relabelled.key_id}`, { body: { use_case: 'batch' } }),
    ),
    note(
      'grace period',
      service.call('POST', `/api/v1/keys/${rotated.key_id}/rotate`, {
        body: { grace_period_minutes: 1 },
      }),
    ),
  ]);
  expect(order.at(-1)).toBe('leased 200');
  expect(order).toHaveLength(5);
});

test('waits for the longest lease if it cannot read the mark', async () => {
  const key = await service.create();
  service.dynamodb.mode = 'cut-reads';
  const ms = await duration(() => service.call('DELETE', `/api/v1/keys/${key.key_id}`));
  expect(ms).toBeGreaterThanOrEqual(MAX_LEASE);
});

test('waits for a lease of another process that had a longer setting', async () => {
  process.env[VARIABLES.leaseMs] = String(MAX_LEASE);
  const key = await service.create();
  await leaseOf(key, 2);
  process.env[VARIABLES.leaseMs] = '100';
  expect(await leaseOf(key, 2)).toEqual({ requests: 2, milliseconds: 100 });
  const ms = await duration(() => service.call('DELETE', `/api/v1/keys/${key.key_id}`));
  expect(ms).toBeGreaterThanOrEqual(MAX_LEASE);
});

const usage = (key: { key_id: string }, path: string, body: object) =>
  service.call('POST', `/api/v1/usage/${key.key_id}${path}`, { body: { ...USAGE, ...body } });

test('a report that reaches the limit of the month is answered when the lease has ended', async () => {
  const limit = { monthly_prediction_limit: 10 };
  const [debited, recorded] = await Promise.all([leased(limit), leased(limit)]);
  await usage(debited, '/debit', { predictions_count: 4 });
  const durations = await Promise.all([
    duration(() => usage(debited, '/debit', { predictions_count: 6 })),
    duration(() => usage(recorded, '', { predictions_count: 11 })),
  ]);
  for (const ms of durations) expect(ms).toBeGreaterThanOrEqual(LEASE);
  expect(await leaseOf(debited, 3)).toBe('monthly_limit_exceeded');
  expect(await service.item(debited.key_id)).toMatchObject({ leases: 1, leases_ended: 1 });
});

test('a repeated debit at the limit waits as well: the first may still be waiting', async () => {
  const leasedAt = performance.now();
  const key = await leased({ monthly_prediction_limit: 10 });
  const debit = () => usage(key, '/debit', { predictions_count: 10, idempotency_key: 'a' });
  const first = debit();
  await until(() => service.dynamodb.actions.at(-1) === 'PutItem');
  // It is 402 while the first is still in progress.
  expect([200, 402]).toContain((await debit()).status);
  expect(performance.now() - leasedAt).toBeGreaterThanOrEqual(LEASE);
  expect((await first).status).toBe(200);
});

test('once the leases have ended, further reports over the limit of the month do not wait', async () => {
  const key = await leased({ monthly_prediction_limit: 1 });
  const other = await leased({ monthly_prediction_limit: 1 }, MAX_LEASE);
  await usage(key, '', { predictions_count: 1 });
  const order: string[] = [];
  await Promise.all([
    usage(other, '', { predictions_count: 1 }).then(() => order.push('the first of a key')),
    usage(key, '', { predictions_count: 1 }).then(() => order.push('the second')),
  ]);
  expect(order).toEqual(['the second', 'the first of a key']);
  service.dynamodb.actions.length = 0;
  await usage(key, '', { predictions_count: 1 });
  expect(service.dynamodb.actions).toEqual(['UpdateItem', 'PutItem']);
});

test('a report waits that reaches the limit of the month beside the repeat of another', async () => {
  const key = await leased({ monthly_prediction_limit: 1000 });
  const first = { predictions_count: 500, idempotency_key: 'a' };
  await usage(key, '', first);
  await usage(key, '', { predictions_count: 495 });
  // The repeat is counted, and then taken back.
  const repeating = usage(key, '', first);
  const report = duration(() => usage(key, '', { predictions_count: 5 }));
  expect(await report).toBeGreaterThanOrEqual(LEASE);
  await repeating;
});

test('the successor of a leased key takes over its marks', async () => {
  const key = await leased({ rate_limit_per_hour: 100 });
  const { body } = await service.call('POST', `/api/v1/keys/${key.key_id}/rotate`, {
    body: { grace_period_minutes: 5 },
  });
  await service.validate(body.api_key);
  expect(await service.item(body.key_id)).toMatchObject({
    lease_ms: new Set([LEASE]),
    leases: 1,
    requests_2026112318: 6,
  });
});

test('a rotation waits, with a grace period as well, if the month is limited', async () => {
  const key = await leased({ monthly_prediction_limit: 10 });
  const rotate = () =>
    service.call('POST', `/api/v1/keys/${key.key_id}/rotate`, {
      body: { grace_period_minutes: 5 },
    });
  expect(await duration(rotate)).toBeGreaterThanOrEqual(LEASE);
});

test('does not begin a rotation without the time to wait for leases', async () => {
  service.clock.now = new Date();
  const key = await service.create();
  process.env[VARIABLES.leaseMs] = String(MAX_LEASE);
  await leaseOf(key, 2);
  const rotate = () => service.call('POST', `/api/v1/keys/${key.key_id}/rotate`);
  service.clock.now = new Date(Date.now() - 1000);
  expect((await rotate()).status).toBe(503);
  expect(await service.item(key.key_id)).not.toHaveProperty('rotated_to');
});

test('a rotation waits for a lease that was granted after it read the key', async () => {
  const key = await service.create();
  service.dynamodb.mode = 'throttle';
  service.dynamodb.actions.length = 0;
  const rotation = duration(() => service.call('POST', `/api/v1/keys/${key.key_id}/rotate`));
  await until(() => service.dynamodb.actions.includes('TransactWriteItems'));
  await leaseOf(key, 2);
  service.dynamodb.mode = 'pass';
  expect(await rotation).toBeGreaterThanOrEqual(LEASE);
});

test('a change of a limit waits for the memories of it, also without leases', async () => {
  const changes = [
    { rate_limit_per_hour: 10 },
    { monthly_prediction_limit: 1 },
    { overage_allowed: true },
  ];
  const order: string[] = [];
  const change = async (body: object) => {
    const { key_id } = await service.create();
    const ms = await duration(() => service.call('PATCH', `/api/v1/keys/${key_id}`, { body }));
    order.push(...Object.keys(body));
    return ms;
  };
  const [, ...durations] = await Promise.all([{ scopes: ['a'] }, ...changes].map(change));
  for (const ms of durations) expect(ms).toBeGreaterThanOrEqual(1000);
  expect(order[0]).toBe('scopes');
});

test.each([
  ['DELETE', undefined, 200],
  ['PATCH', { scopes: ['a'] }, 404],
])('answers %s of a key that is removed from the table after it', async (method, body, status) => {
  const { key_id } = await service.create();
  service.dynamodb.before = async () => {
    const [write, read] = service.dynamodb.inputs.slice(-2);
    if (write?.action !== 'TransactWriteItems' || read?.action !== 'GetItem') return;
    service.dynamodb.before = undefined;
    await service.remove(key_id);
  };
  const answer = await service.call(method, `/api/v1/keys/${key_id}`, { body });
  expect([answer.status, await service.item(key_id)]).toEqual([status, undefined]);
});
