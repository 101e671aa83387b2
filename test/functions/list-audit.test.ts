import { beforeEach, expect, test } from '@jest/globals';
import type { Item } from '../../lib/aws/dynamodb/item.ts';
import { readAuditLog } from '../../lib/service/read-audit-log.ts';
import { entry } from '../support/audit-entry.ts';
import {
  COMMON_HEADERS,
  invalid,
  notAuthenticated,
  problem,
  useService,
} from '../support/service.ts';

const service = useService();
const LOG = '/api/v1/audit';
const log = (query = '') => service.call('GET', LOG + query);

/** Each test has days of its own, because all share the table. */
let day = new Date('2026-03-01T12:00:00.000Z');
beforeEach(() => {
  day = new Date(day.getTime() + 10 * 86_400_000);
  service.clock.now = day;
});
const plus = (hours: number) => new Date(day.getTime() + hours * 3_600_000);
const iso = (hours: number) => plus(hours).toISOString();

/** Revokes a new key at each of these hours; returns their ids. */
async function revokedAt(...hours: number[]): Promise<string[]> {
  const ids = [];
  for (const hour of hours) {
    service.clock.now = plus(hour);
    const { key_id } = await service.create();
    await service.call('DELETE', `/api/v1/keys/${key_id}`);
    ids.push(key_id);
  }
  return ids;
}

/** Follows the pages, and returns the hour and the action of each entry. */
async function follow(query: string) {
  const pages = [];
  for (let next: string | undefined = query; next !== undefined; ) {
    const { status, headers, body } = await log(next);
    expect(status).toBe(200);
    pages.push(
      body.entries.map(({ time, action }: { time: string; action: string }) => [
        (Date.parse(time) - day.getTime()) / 3_600_000,
        action,
      ]),
    );
    next = /\?[^>]+/.exec(headers.link ?? '')?.[0];
  }
  return pages;
}

test('shows the changes of the last 24 hours, newest first', async () => {
  const [, night] = await revokedAt(-25, -23.5);
  service.clock.now = day;
  const { key_id } = await service.create();
  expect(await log()).toEqual({
    status: 200,
    headers: { ...COMMON_HEADERS, 'content-type': 'application/json' },
    body: {
      from: new Date(day.getTime() - 86_400_000 + 1).toISOString(),
      to: new Date(day.getTime() + 1).toISOString(),
      entries: [
        { key_id, ...entry({ version: 1, time: iso(0), action: 'create', changes: anyChanges }) },
        {
          key_id: night,
          ...entry({
            version: null,
            time: iso(-23.5),
            action: 'revoke',
            changes: [{ field: 'revoked_at', old: null, new: iso(-23.5) }],
          }),
        },
        {
          key_id: night,
          ...entry({ version: 1, time: iso(-23.5), action: 'create', changes: anyChanges }),
        },
      ].map((one) => expect.objectContaining(one)),
    },
  });
});
const anyChanges = expect.arrayContaining([{ field: 'service_id', old: null, new: 'prediction' }]);

test('leads through the pages of several days, of one action or all', async () => {
  // The oldest of them from the very start of the span.
  await revokedAt(-70, -48, -46, 0);
  const span = `from=${iso(-48)}&to=${iso(1)}`;
  const all = [0, -46, -48].flatMap((hour) => [
    [hour, 'revoke'],
    [hour, 'create'],
  ]);
  const sorted = (pages: unknown[][]) => pages.flat().sort();
  for (const limit of [1, 2, 3, 100]) {
    const pages = await follow(`?${span}&limit=${limit}`);
    expect(sorted(pages)).toEqual(sorted([all]));
    expect(Math.max(...pages.map((page) => page.length))).toBeLessThanOrEqual(limit);
    const hours = pages.flat().map(([hour]) => hour);
    expect(hours).toEqual([...hours].sort((a, b) => b - a));
  }
  expect((await follow(`?${span}&action=revoke&limit=2`)).flat()).toEqual([
    [0, 'revoke'],
    [-46, 'revoke'],
    [-48, 'revoke'],
  ]);
});

test('takes a day as its end until the end of that day, and a time as not included', async () => {
  await revokedAt(11);
  const date = iso(0).slice(0, 10);
  const found = async (query: string) => (await follow(`?action=revoke&${query}`)).flat();
  expect(await found(`from=${date}&to=${date}`)).toEqual([[11, 'revoke']]);
  expect(await found(`from=${iso(11)}&to=${iso(12)}`)).toEqual([[11, 'revoke']]);
  expect(await found(`from=${iso(10)}&to=${iso(11)}`)).toEqual([]);
  const offset = `${iso(12).slice(0, 19)}%2B01:00`;
  expect(await found(`from=${iso(0)}&to=${offset}`)).toEqual([]);
  expect(await found(`from=${offset}&to=${iso(12)}`)).toEqual([[11, 'revoke']]);
});

test('ends a page when its time is over, and continues with the days that are left', async () => {
  await revokedAt(-70, 0);
  const query = { from: iso(-72), to: iso(1), action: 'revoke' } as const;
  const times = [];
  let pages = 0;
  for (let next: Awaited<ReturnType<typeof readAuditLog>>['next']; ; pages++) {
    const page = await readAuditLog(query, 100, next, day, 0);
    times.push(...page.entries.map(({ values }) => values.time));
    next = page.next;
    if (!next) break;
  }
  expect([times, pages]).toEqual([[iso(0), iso(-70)], 3]);
});

test('ends a page before it is too large for an answer, and continues in the same day', async () => {
  const place = { key_id: { S: ID }, day: { S: iso(0).slice(0, 10) }, time: { S: iso(-1) } };
  const reason = { S: 'x'.repeat(300_000) };
  const forged = Array.from({ length: 12 }, (_, i) => ({
    ...place,
    at: { S: `forged ${i}` },
    reason,
  }));
  await service.putAudit(...forged);
  // DynamoDB answers a query with a megabyte, and the code holds each text twice.
  expect((await follow('')).map((page) => page.length)).toEqual([9, 3]);
});

test('says of an altered entry that its seal is wrong', async () => {
  const [key_id = ''] = await revokedAt(0);
  const [, revocation] = await service.auditEntries(key_id);
  await service.putAudit({ ...revocation, actor: { S: 'mallory' } });
  const [entry] = (await log('?action=revoke')).body.entries;
  expect(entry).toMatchObject({ key_id, actor: 'mallory', seal: 'wrong' });
  await service.putAudit({ ...revocation, pepper: { S: 'x'.repeat(32) } });
  const [other] = (await log('?action=revoke')).body.entries;
  expect(other).toMatchObject({ key_id, actor: 'admin', seal: 'unverifiable' });
});

test('reads at most ten peppers for a page of forged entries', async () => {
  const [key_id = ''] = await revokedAt(0);
  const [created] = await service.auditEntries(key_id);
  const forged = Array.from({ length: 15 }, (_, i) => ({
    ...created,
    at: { S: `forged ${i}` },
    pepper: { S: `${i}`.padStart(32, 'x') },
  }));
  await service.putAudit(...(forged as Item[]));
  service.secrets.actions.length = 0;
  const { body } = await log();
  const seals = body.entries.map(({ seal }: { seal: string }) => seal);
  expect(seals.filter((seal: string) => seal === 'unverifiable')).toHaveLength(15);
  expect(service.secrets.actions.length).toBeLessThanOrEqual(10);
});

test('shows an entry that someone has put there, whatever it lacks', async () => {
  const date = iso(0).slice(0, 10);
  const forged = { key_id: { S: ID }, at: { S: 'forged' }, day: { S: date } };
  await service.putAudit({ ...forged, time: { S: `${date}T01` } });
  const { body } = await log();
  expect(body.entries).toEqual([
    {
      key_id: ID,
      version: null,
      time: null,
      action: null,
      changes: [],
      reason: null,
      actor: null,
      token_version: null,
      source_ip: null,
      user_agent: null,
      request_id: null,
      seal: 'missing',
    },
  ]);
});

test('reads the entries of other actions in few queries', async () => {
  const { key_id } = await service.create();
  for (let i = 0; i < 20; i++) {
    await service.call('PATCH', `/api/v1/keys/${key_id}`, { body: { name: `n${i}` } });
  }
  service.dynamodb.actions.length = 0;
  expect((await follow('?action=create&limit=1')).flat()).toEqual([[0, 'create']]);
  expect(service.dynamodb.actions.length).toBeLessThan(4);
  const sizes = (await follow('?action=update&limit=7')).map((page) => page.length);
  expect(sizes.filter(Boolean)).toEqual([7, 7, 6]);
});

test('costs one query for each day, however many entries other days have', async () => {
  await revokedAt(-1, 0);
  service.dynamodb.actions.length = 0;
  await follow(`?from=${iso(-24)}&to=${iso(1)}`);
  expect(service.dynamodb.actions).toEqual(['Query', 'Query']);
});

const CURSOR = 'must be the cursor of a Link header, unchanged';
const encoded = (text: string) => Buffer.from(text).toString('base64url');
const ID = '5d0c8f9a-0c1e-5b7a-9a50-3a0a4b6d2f11';
test.each([
  ['from', 'yesterday', 'must be a day as in 2026-01-31, or a time as in 2026-01-31T12:00:00Z'],
  ['from', '2026-02-30', 'must be a day as in 2026-01-31, or a time as in 2026-01-31T12:00:00Z'],
  [
    'to',
    '2026-01-31T25:00:00Z',
    'must be a day as in 2026-01-31, or a time as in 2026-01-31T12:00:00Z',
  ],
  ['from', '2027-01-01', 'must be before the end'],
  ['from', '2025-01-01', 'must be at most 92 days before the end'],
  ['action', 'delete', 'must be one of: create, update, rotate, revoke'],
  ['limit', '1001', 'must be a whole number from 1 to 1000'],
  ['cursor', 'x', CURSOR],
  [
    'cursor',
    encoded(`["2026-03-02T00:00:00.000Z","2026-02-02T00:00:00.000Z","${ID}","v"]`),
    CURSOR,
  ],
  ['cursor', encoded('["2026-99-99T99:99:99.999Z"]'), CURSOR],
  ['cursor', encoded('[1]'), CURSOR],
  ['key_id', 'x', 'is not a parameter of this request'],
])('rejects %s=%s', async (field, value, message) => {
  expect(await log(`?${field}=${value}`)).toEqual(
    problem(400, 'Bad Request', `${field}: ${message}`, { errors: [{ field, message }] }),
  );
});

test('answers a cursor of another span with what is left of this one', async () => {
  await revokedAt(0, 1.5);
  const after = (hour: number) =>
    `&cursor=${encoded(JSON.stringify([iso(hour + 1), iso(hour), ID, 'version:0000000001#x']))}`;
  service.dynamodb.inputs.length = 0;
  for (const hour of [1, 2]) {
    expect(await follow(`?from=${iso(-1)}&to=${iso(1)}&action=create${after(hour)}`)).toEqual([
      [[0, 'create']],
    ]);
  }
  expect(await follow(`?from=${iso(-1)}&to=${iso(1)}${after(-1.5)}`)).toEqual([[]]);
  // DynamoDB refuses to continue from there, which the embedded database does not.
  for (const { input } of service.dynamodb.inputs) expect(input).not.toContain('ExclusiveStartKey');
});

test('answers 401 without or with wrong credentials, and 503 without the database', async () => {
  expect(await service.call('GET', LOG, { admin: false })).toEqual(notAuthenticated);
  const headers = { authorization: 'Bearer wrong' };
  expect(await service.call('GET', LOG, { admin: false, headers })).toEqual(invalid);
  service.dynamodb.mode = 'cut';
  expect(await log()).toEqual(
    problem(503, 'Service Unavailable', 'Service temporarily unavailable'),
  );
  service.dynamodb.mode = 'pass';
});
