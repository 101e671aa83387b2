import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { marshall } from '@aws-sdk/util-dynamodb';
import { expect, test } from '@jest/globals';
import { hash } from 'bcryptjs';
import type { Item } from '../../lib/aws/dynamodb/item.ts';
import { generateKey } from '../../lib/domain/key.ts';
import { VARIABLES } from '../../lib/environment.ts';
import { entry } from '../support/audit-entry.ts';
import { captureIssued } from '../support/captured.ts';
import { ADMIN_TOKEN } from '../support/client.ts';
import { putSecret } from '../support/secrets.ts';
import {
  COMMON_HEADERS,
  invalid,
  NOW,
  notAuthenticated,
  problem,
  useService,
} from '../support/service.ts';

const service = useService();
const UNKNOWN = '5d0c8f9a-0c1e-5b7a-9a50-3a0a4b6d2f11';

const at = (keyId: string, query = '') => `/api/v1/keys/${keyId}/audit${query}`;
const audit = (keyId: string, query = '') => service.call('GET', at(keyId, query));
const later = (seconds: number) => new Date(NOW.getTime() + seconds * 1000).toISOString();

/** Creates a key and changes it so often, a second apart. */
async function changed(changes: number): Promise<string> {
  service.clock.now = NOW;
  const { key_id } = await service.create();
  for (let i = 1; i <= changes; i++) {
    service.clock.now = new Date(NOW.getTime() + i * 1000);
    await service.call('PATCH', `/api/v1/keys/${key_id}`, { body: { name: `name ${i}` } });
  }
  return key_id;
}

/** Follows the pages of a trail and returns them. */
async function pages(keyId: string, limit: number) {
  const found = [];
  for (let query: string | undefined = `?limit=${limit}`; query !== undefined; ) {
    const { body, headers } = await audit(keyId, query);
    found.push(body);
    query = /\?[^>]+/.exec(headers.link ?? '')?.[0];
  }
  return found;
}

test('shows the whole life of a key, newest first', async () => {
  service.clock.now = NOW;
  const key = await service.create({ scopes: ['a'], allowed_ips: ['10.0.0.0/8'] });
  const { key_id } = key;
  const change = async (seconds: number, method: string, path: string, body: object) => {
    service.clock.now = new Date(NOW.getTime() + seconds * 1000);
    return service.call(method, `/api/v1/keys/${key_id}${path}`, { body });
  };
  await change(1, 'PATCH', '', { scopes: ['b'], allowed_ips: [], expires_in_days: 1 });
  const rotated = await change(2, 'POST', '/rotate', { grace_period_minutes: 1, reason: 'leak' });
  await change(3, 'DELETE', '', { reason: 'still used' });
  expect(await audit(key_id)).toEqual({
    status: 200,
    headers: { ...COMMON_HEADERS, 'content-type': 'application/json' },
    body: {
      key_id,
      version: 4,
      intact: true,
      findings: [],
      unsealed: 0,
      entries: [
        entry({
          version: 4,
          time: later(3),
          action: 'revoke',
          changes: [{ field: 'revoked_at', old: null, new: later(3) }],
          reason: 'still used',
        }),
        entry({
          version: 3,
          time: later(2),
          action: 'rotate',
          changes: [
            { field: 'grace_ends_at', old: null, new: later(62) },
            { field: 'rotated_to', old: null, new: rotated.body.key_id },
          ],
          reason: 'leak',
        }),
        entry({
          version: 2,
          time: later(1),
          action: 'update',
          changes: [
            { field: 'allowed_ips', old: ['10.0.0.0/8'], new: null },
            { field: 'expires_at', old: null, new: later(86_401) },
            { field: 'expires_in_days', old: null, new: 1 },
            { field: 'scopes', old: ['a'], new: ['b'] },
          ],
        }),
        entry({
          version: 1,
          time: NOW.toISOString(),
          action: 'create',
          changes: Object.entries({
            allowed_ips: ['10.0.0.0/8'],
            billing_plan: 'free',
            created_at: NOW.toISOString(),
            environment: 'production',
            key_prefix: key.key_info.key_prefix,
            name: 'a key',
            overage_allowed: false,
            rate_limit_per_hour: 1000,
            scopes: ['a'],
            service_id: 'prediction',
            user_id: 'admin',
          }).map(([field, value]) => ({ field, old: null, new: value })),
        }),
      ],
    },
  });
  const successor = await audit(rotated.body.key_id);
  expect(successor.body).toMatchObject({ version: 1, intact: true });
  const [created] = successor.body.entries;
  expect(created.changes).toContainEqual({ field: 'rotated_from', old: null, new: key_id });
});

test('leads through the pages, each of which joins the one before', async () => {
  const key_id = await changed(4);
  expect(
    (await pages(key_id, 2)).map(({ version, intact, entries }) => [
      version,
      intact,
      entries.map((one: { version: number }) => one.version),
    ]),
  ).toEqual([
    [5, true, [5, 4]],
    [3, true, [3, 2]],
    [1, true, [1]],
  ]);
  const entries = await service.auditEntries(key_id);
  await service.removeAudit(entries[2] as Item);
  expect((await pages(key_id, 2)).map(({ findings }) => findings)).toEqual([
    [],
    [{ problem: 'missing', version: 3, message: 'There is no entry of version 3.' }],
    [],
  ]);
});

const nameOf = (item: Item) => item.at?.S ?? '';
const finding = (
  problem: string,
  version: number | null,
  message: unknown = expect.any(String),
) => ({
  problem,
  version,
  message,
});

type Tamper = (entries: Item[], other: Item[]) => Promise<unknown>;
test.each<[string, Tamper, object[]]>([
  [
    'an altered value',
    ([, b]) => service.putAudit({ ...b, actor: { S: 'mallory' } }),
    [finding('altered', 2, 'The entry of version 2 is not as it was written.')],
  ],
  [
    'an added attribute',
    ([, b]) => service.putAudit({ ...b, detail: { M: {} } }),
    [finding('altered', 2)],
  ],
  [
    'a removed attribute',
    ([, { user_agent: _, ...b } = {}]) => service.putAudit(b),
    [finding('altered', 2)],
  ],
  [
    'a value of another type',
    ([, b]) => service.putAudit({ ...b, changes: { SS: ['a'] } }),
    [finding('altered', 2)],
  ],
  [
    'a number that JavaScript cannot hold',
    ([, b]) =>
      service.putAudit({ ...b, changes: { M: { name: { M: { new: { N: '9'.repeat(30) } } } } } }),
    [finding('altered', 2)],
  ],
  [
    'a removed seal',
    ([, { mac: _, ...b } = {}]) => service.putAudit(b),
    [finding('unsealed_entry', 2, 'The entry of version 2 has no seal.')],
  ],
  [
    'a removed pepper',
    ([, { pepper: _, ...b } = {}]) => service.putAudit(b),
    [finding('unsealed_entry', 2)],
  ],
  [
    'a seal of another pepper',
    ([, b]) => service.putAudit({ ...b, pepper: { S: 'x'.repeat(32) } }),
    [finding('unverifiable', 2)],
  ],
  ['the last entry removed', ([, , c]) => service.removeAudit(c as Item), [finding('missing', 3)]],
  [
    'the first entry removed',
    ([a]) => service.removeAudit(a as Item),
    [finding('missing', 1, 'There is no entry of version 1.')],
  ],
  [
    'all entries removed',
    (all) => Promise.all(all.map(service.removeAudit)),
    [finding('missing', 3, 'There is no entry of versions 1 to 3.')],
  ],
  [
    'an entry copied within the trail',
    ([, b]) => service.putAudit({ ...b, at: { S: 'version:0000000004#x' } }),
    [finding('unexpected', 4)],
  ],
  [
    'an entry copied beside itself',
    ([, b]) => service.putAudit({ ...b, at: { S: `${nameOf(b as Item)}x` } }),
    [finding('altered', 2), finding('unexpected', 2)],
  ],
  [
    'an entry of another key in its place',
    ([, b], [, c]) => service.putAudit({ ...c, key_id: b?.key_id as never, at: b?.at as never }),
    [finding('altered', 2)],
  ],
  [
    'an invented revocation',
    ([, b]) => service.putAudit({ ...b, at: { S: 'version:last#x' } }),
    [finding('unexpected', null)],
  ],
  [
    'an invented entry in the old form',
    ([a]) =>
      service.putAudit({
        key_id: a?.key_id as never,
        at: { S: '2026-11-01T00:00:00.000Z#x' },
        action: { S: 'create' },
      }),
    [finding('unexpected', null)],
  ],
  [
    'a name of no form',
    ([a]) => service.putAudit({ key_id: a?.key_id as never, at: { S: 'zzz' } }),
    [finding('unexpected', null, 'No change of the key has made the entry zzz.')],
  ],
  [
    'two entries in each other’s place',
    ([, b, c]) => service.putAudit({ ...b, at: c?.at as never }, { ...c, at: b?.at as never }),
    [finding('altered', 3), finding('altered', 2)],
  ],
  [
    'two times exchanged',
    ([, b, c]) =>
      service.putAudit({ ...b, time: c?.time as never }, { ...c, time: b?.time as never }),
    [finding('altered', 3), finding('altered', 2)],
  ],
])('detects %s', async (_, tamper, findings) => {
  const key_id = await changed(2);
  expect((await audit(key_id)).body).toMatchObject({ intact: true, version: 3 });
  const other = await service.auditEntries(await changed(1));
  await tamper(await service.auditEntries(key_id), other);
  const { status, body } = await audit(key_id);
  expect([status, body.intact]).toEqual([200, false]);
  // The order of two entries of a version depends on the ids of their requests.
  expect(new Set(body.findings)).toEqual(new Set(findings));
});

test('detects a removed revocation, and one of a key that another trail has', async () => {
  const key_id = await changed(1);
  await service.call('DELETE', `/api/v1/keys/${key_id}`);
  const [, , last] = await service.auditEntries(key_id);
  await service.removeAudit(last as Item);
  expect((await audit(key_id)).body.findings).toEqual([finding('missing', 3)]);
  const other = await changed(1);
  await service.putAudit({ ...last, key_id: { S: other } });
  expect((await audit(other)).body.findings).toEqual([finding('unexpected', null)]);
});

test('reads a trail three times before it reports a finding, and once if there is none', async () => {
  const key_id = await changed(1);
  const actions = async (query = '') => {
    service.dynamodb.actions.length = 0;
    const { body } = await audit(key_id, query);
    return { intact: body.intact, actions: [...service.dynamodb.actions] };
  };
  const once = ['GetItem', 'Query', 'GetItem'];
  expect(await actions()).toEqual({ intact: true, actions: once });
  const { headers } = await audit(key_id, '?limit=1');
  const next = /\?[^>]+/.exec(headers.link ?? '')?.[0];
  expect(await actions(next)).toEqual({ intact: true, actions: ['GetItem', 'Query'] });
  const [, last] = (await service.auditEntries(key_id)) as [Item, Item];
  await service.removeAudit(last);
  const thrice = { intact: false, actions: [...once, ...once, ...once] };
  expect(await actions()).toEqual(thrice);
  // The second part of a transaction becomes visible between two reads.
  service.dynamodb.before = async () => {
    if (service.dynamodb.actions.length !== 6) return;
    service.dynamodb.before = undefined;
    await service.putAudit(last);
  };
  expect((await actions()).intact).toBe(true);
});

test('shows a change that is made while the trail is read', async () => {
  const key_id = await changed(1);
  service.dynamodb.before = async () => {
    if (service.dynamodb.inputs.at(-1)?.action !== 'Query') return;
    service.dynamodb.before = undefined;
    await service.call('PATCH', `/api/v1/keys/${key_id}`, { body: { name: 'in between' } });
  };
  service.dynamodb.actions.length = 0;
  expect((await audit(key_id)).body).toMatchObject({ version: 3, intact: true });
  expect(service.dynamodb.actions.filter((action) => action === 'Query')).toHaveLength(1);
});

test('shows that a key which someone wrote into the table has no entry', async () => {
  const forged = generateKey('production', randomInt);
  captureIssued(forged.text);
  const item = marshall(await service.item(await changed(0)));
  await service.put({
    ...item,
    key_id: { S: forged.keyId },
    hash: { S: await hash(forged.text, 4) },
    // Secrets Manager has no such version, so bcrypt decides, which needs no pepper.
    pepper: { S: randomUUID() },
  });
  expect((await service.validate(forged.text)).status).toBe(200);
  const { body } = await audit(forged.keyId);
  expect([body.intact, body.findings, body.entries]).toEqual([false, [finding('missing', 1)], []]);
});

test('keeps entries from before seals readable, counts them, and seals what follows', async () => {
  const key_id = await changed(2);
  const [, ...sealed] = await service.auditEntries(key_id);
  for (const item of await service.auditEntries(key_id)) await service.removeAudit(item);
  const old = (i: number, more: object): Item => ({
    key_id: { S: key_id },
    at: { S: `${later(i)}#r${i}` },
    actor: { S: 'admin' },
    source_ip: { S: '203.0.113.9' },
    request_id: { S: `r${i}` },
    ...more,
  });
  await service.putAudit(
    old(0, { action: { S: 'create' }, detail: { M: { name: { S: 'x' } } } }),
    old(1, { action: { S: 'update' }, detail: { M: { name: { S: 'y' } } }, reason: { S: 'why' } }),
    sealed[1] as Item,
  );
  // The key is from before seals: its third change was the first with one.
  await service.put(marshall({ ...(await service.item(key_id)), sealed_after: 2 }));
  service.secrets.actions.length = 0;
  const shown = (await audit(key_id)).body;
  expect(service.secrets.actions).toEqual([]);
  expect(shown).toMatchObject({ version: 3, intact: true, findings: [], unsealed: 2 });
  expect(shown.entries.slice(1)).toEqual([
    {
      version: null,
      time: later(1),
      action: 'update',
      changes: [{ field: 'name', old: null, new: 'y' }],
      reason: 'why',
      actor: 'admin',
      token_version: null,
      source_ip: '203.0.113.9',
      user_agent: null,
      request_id: 'r1',
      seal: 'missing',
    },
    expect.objectContaining({ action: 'create', time: later(0), seal: 'missing' }),
  ]);
  await service.removeAudit(old(1, {}));
  expect((await audit(key_id)).body.findings).toEqual([finding('missing', 1)]);
});

test('seals a revocation of a key from before seals, and notes that', async () => {
  const { key_id } = await service.create();
  const { sealed_after: _, ...before } = (await service.item(key_id)) ?? {};
  const [created] = await service.auditEntries(key_id);
  await service.removeAudit(created as Item);
  const old = { key_id: { S: key_id }, at: { S: `${later(0)}#r0` }, action: { S: 'create' } };
  await service.putAudit(old);
  await service.remove(key_id);
  await service.put(marshall(before));
  await service.call('DELETE', `/api/v1/keys/${key_id}`);
  expect((await audit(key_id)).body).toMatchObject({ version: 2, intact: true, unsealed: 1 });
  const [, revocation] = await service.auditEntries(key_id);
  await service.removeAudit(revocation as Item);
  await service.putAudit({ ...old, at: { S: `${later(1)}#forged` } });
  expect((await audit(key_id)).body.findings).toContainEqual(finding('missing', 2));
});

test('takes a user agent that is cut within a character', async () => {
  const { key_id } = await service.create();
  const { handler } = await import('../../functions/revoke-key.ts');
  const headers = {
    authorization: `Bearer ${ADMIN_TOKEN}`,
    'user-agent': `${'x'.repeat(199)}\u{1f600}`,
  };
  const http = { method: 'DELETE', path: '', sourceIp: '127.0.0.1' };
  const event = {
    headers,
    pathParameters: { key_id },
    requestContext: { http, requestId: 'agent', timeEpoch: NOW.getTime() },
  };
  const context = { getRemainingTimeInMillis: () => 5000 };
  const { statusCode } = await handler(event as never, context as never);
  expect(statusCode).toBe(200);
  const { body } = await audit(key_id);
  expect(body).toMatchObject({ intact: true });
  expect(body.entries[0].user_agent).toBe(`${'x'.repeat(199)}\ufffd`);
});

test('leads past an entry of any name', async () => {
  const key_id = await changed(1);
  await service.putAudit({ key_id: { S: key_id }, at: { S: 'version:0000000009# x' } });
  expect((await pages(key_id, 1)).flatMap(({ findings }) => findings)).toEqual([
    finding('unexpected', 9),
  ]);
});

test('notes on a key from before seals where they begin', async () => {
  const { key_id } = await service.create();
  const { sealed_after, ...before } = (await service.item(key_id)) ?? {};
  expect(sealed_after).toBe(0);
  await service.remove(key_id);
  await service.put(marshall(before));
  for (const name of ['b', 'c']) {
    await service.call('PATCH', `/api/v1/keys/${key_id}`, { body: { name } });
  }
  expect(await service.item(key_id)).toMatchObject({ version: 3, sealed_after: 1 });
});

test('seals with the pepper of its time, and checks with it after a rotation', async () => {
  const key_id = await changed(1);
  await putSecret(VARIABLES.pepperSecret, randomBytes(32).toString('base64url'));
  service.clock.now = new Date(NOW.getTime() + 10 * 60_000);
  await service.call('PATCH', `/api/v1/keys/${key_id}`, { body: { name: 'after' } });
  const peppers = (await service.auditEntries(key_id)).map(({ pepper }) => pepper?.S);
  expect(new Set(peppers).size).toBe(2);
  expect((await audit(key_id)).body).toMatchObject({ intact: true, version: 3 });
});

test('answers 503 while the pepper of a seal cannot be read', async () => {
  const key_id = await changed(1);
  const [first] = await service.auditEntries(key_id);
  await service.putAudit({ ...first, pepper: { S: 'y'.repeat(32) } } as Item);
  service.secrets.mode = 'cut';
  expect(await audit(key_id)).toEqual(
    problem(503, 'Service Unavailable', 'Service temporarily unavailable'),
  );
  service.secrets.mode = 'pass';
});

test.each([
  ['limit', '0', 'must be a whole number from 1 to 1000'],
  ['cursor', 'x', 'must be the cursor of a Link header, unchanged'],
  ['page', '2', 'is not a parameter of this request'],
])('rejects %s=%s', async (field, value, message) => {
  const { key_id } = await service.create();
  expect(await audit(key_id, `?${field}=${value}`)).toEqual(
    problem(400, 'Bad Request', `${field}: ${message}`, { errors: [{ field, message }] }),
  );
});

test('answers 404 for an unknown key, and 401 without or with wrong credentials', async () => {
  expect(await audit(UNKNOWN)).toEqual(problem(404, 'Not Found', 'API key not found'));
  expect(await service.call('GET', at(UNKNOWN), { admin: false })).toEqual(notAuthenticated);
  const headers = { authorization: 'Bearer wrong' };
  expect(await service.call('GET', at(UNKNOWN), { admin: false, headers })).toEqual(invalid);
});
