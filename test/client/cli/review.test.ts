import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { marshall } from '@aws-sdk/util-dynamodb';
import { beforeEach, expect, test } from '@jest/globals';
import { formatTime } from '../../../client/src/cli/format.ts';
import type { Item } from '../../../lib/aws/dynamodb/item.ts';
import { NAMED } from '../../../lib/domain/posture-summary.ts';
import { DAY_MS } from '../../../lib/domain/time.ts';
import { seededItem } from '../../bench/keys.ts';
import { cleanUp } from '../../support/clean-up.ts';
import { NOW, useService } from '../../support/service.ts';
import { runCommand } from './run-command.ts';

const service = useService();
const hokusai = (args: string[], options = {}) => runCommand(service.url, args, options);
beforeEach(() => {
  service.clock.now = NOW;
});

const LIST_HEAD = 'KEY ID                                PREFIX          STATE      NAME';

// Runs first, because it counts all keys.
test('posture shows each check with its keys, and list the rest of them', async () => {
  // The secrets are made now, and their ages are compared with the clock.
  const now = new Date();
  service.clock.now = now;
  const pepper = { version: 'none', value: 'none' };
  const seeded = Array.from({ length: NAMED + 1 }, (_, i) => {
    const created_at = new Date(now.getTime() - i * DAY_MS).toISOString();
    return seededItem(i, pepper, { created_at, scopes: [], rate_limit_per_hour: 1000 });
  });
  const open = await service.create({ name: 'open', scopes: ['read'], allowed_ips: ['::/0'] });
  await service.put(...seeded);
  const { assessPosture } = await import('../../../lib/service/assess-posture.ts');
  await assessPosture(now, now, () => true);
  const lines = seeded.map(
    ({ key_id, key_prefix, name }) => `${key_id?.S}  ${key_prefix?.S}  ${name?.S}`,
  );
  const out = `\
Stage hokusai-api-keys-local, 12 keys in use as of ${formatTime(now.toISOString())} UTC

ok         rotation_overdue
  Keys past their rotation date: 0.

ok         rotation_due_soon
  Keys due for rotation within 14 days: 0.

attention  no_scopes
  Keys without scopes, which may do everything within their service: 11. Give each the scopes that it needs.
${lines
  .slice(0, NAMED)
  .map((line) => `    ${line}\n`)
  .join('')}\
    more: hokusai-auth list --all --finding no_scopes

ok         no_allowlist
  Keys of servers without an allowlist: 0.

problem    open_allowlist
  Keys whose allowlist admits every IPv4 or every IPv6 address: 1. List the addresses that each is used from.
    ${open.key_id}  ${open.key_info.key_prefix}  open

ok         wide_allowlist
  Keys whose allowlist admits more than 65,536 IPv4 addresses: 0.

ok         limit_outside_band
  Keys whose hourly limit is unusual for their use case: 0.

ok         never_used
  Keys that were created 30 days ago or earlier and never used: 0.

ok         unused_90_days
  Keys that were not used for 90 days: 0.

ok         in_grace
  Rotated keys in their grace period: 0.

ok         ended_key_presented
  Rotated or revoked keys that were presented in the last 7 days: 0.

ok         foreign_environment
  Keys presented in the wrong environment in the last 24 hours: 0.

ok         admin_failures
  Requests with wrong credentials of an administrator in the last 24 hours: 0.

ok         admin_token_age
  The admin token is 0 days old, and is rotated every 30 days.

ok         pepper_age
  The pepper is 0 days old; renew it once a year.
`;
  expect(await hokusai(['posture'])).toEqual({ code: 0, out, err: '' });
  expect(await hokusai(['posture', '--check'])).toEqual({ code: 5, out, err: '' });
  const listed = (numbers: number[]) => ({
    code: 0,
    out: [LIST_HEAD, ...numbers.map((i) => lines[i]?.replace('***', '***  active   '))]
      .map((line) => `${line}\n`)
      .join(''),
    err: '',
  });
  const all = Array.from(lines.keys());
  expect(await hokusai(['list', '--all', '--finding', 'no_scopes'])).toEqual(listed(all));
  expect(await hokusai(['list', '--unused-days', '9'])).toEqual(listed([9, 10]));
});

const later = (seconds: number) => {
  service.clock.now = new Date(NOW.getTime() + seconds * 1000);
};

/** Makes a key, and changes it a second later. */
async function changedKey(): Promise<string> {
  const { key_id } = await service.create({ name: 'backend' });
  later(1);
  await hokusai(['update', key_id, '--rate-limit', '500', '--scope', 'read']);
  return key_id;
}
const UPDATED = `\
  rate_limit_per_hour: 1000 → 500
  scopes: none → read
`;
const createdAs = (prefix: string) => `\
  billing_plan: - → free
  created_at: - → 2026-11-23T18:30:00.000Z
  environment: - → production
  key_prefix: - → ${prefix}
  name: - → backend
  overage_allowed: - → false
  rate_limit_per_hour: - → 1000
  scopes: - → none
  service_id: - → prediction
  user_id: - → admin
`;
const prefixOf = async (keyId: string) => (await service.item(keyId))?.key_prefix;

test('audit shows who has changed a key, and that its trail is intact', async () => {
  const keyId = await changedKey();
  later(2);
  await hokusai(['revoke', keyId, '--yes', '--reason', 'leaked']);
  expect(await hokusai(['audit', keyId])).toEqual({
    code: 0,
    err: '',
    out: `\
VERSION  TIME (UTC)           ACTION      FROM             BY
3        2026-11-23 18:30:02  revoke      127.0.0.1        admin
  revoked_at: - → 2026-11-23T18:30:02.000Z
  reason: leaked
2        2026-11-23 18:30:01  update      127.0.0.1        admin
${UPDATED}\
1        2026-11-23 18:30:00  create      127.0.0.1        admin
${createdAs(await prefixOf(keyId))}
The trail is intact: 3 entries.
`,
  });
});

test('audit exits with 5 for a trail that is not intact, and shows what is wrong', async () => {
  const keyId = await changedKey();
  const [, update] = await service.auditEntries(keyId);
  await service.putAudit({ ...update, actor: { S: 'mallory' } });
  const { code, out, err } = await hokusai(['audit', keyId]);
  expect({ code, err }).toEqual({ code: 5, err: '' });
  expect(out).toBe(`\
VERSION  TIME (UTC)           ACTION      FROM             BY
2        2026-11-23 18:30:01  update      127.0.0.1        mallory
${UPDATED}\
  seal: wrong
1        2026-11-23 18:30:00  create      127.0.0.1        admin
${createdAs(await prefixOf(keyId))}
The trail is NOT intact: 2 entries.
  The entry of version 2 is not as it was written.
`);
});

test('audit gives one verdict on all pages of a trail', async () => {
  const { key_id } = await service.create();
  for (const entry of await service.auditEntries(key_id)) await service.removeAudit(entry);
  // A key from before entries were sealed. The first page has 100 of its entries.
  const item = await service.item(key_id);
  await service.put(marshall({ ...item, version: 102, sealed_after: 102 }));
  const old = Array.from({ length: 102 }, (_, i): Item => {
    const time = new Date(NOW.getTime() - i * DAY_MS).toISOString();
    return { key_id: { S: key_id }, at: { S: `${time}#${i}` }, action: { S: 'update' } };
  });
  await service.putAudit(...old);
  const intact = await hokusai(['audit', key_id]);
  expect(intact.code).toBe(0);
  expect(intact.out.split('\n').slice(0, 3)).toEqual([
    'VERSION  TIME (UTC)           ACTION      FROM             BY',
    '-        2026-11-23 18:30:00  update      -                -',
    '  seal: missing',
  ]);
  expect(intact.out).toMatch(
    /\n\nThe trail is intact: 102 entries, of which 102 are from before entries were sealed\.\n$/,
  );
  await service.removeAudit(old.at(-1) as Item);
  const { code, out } = await hokusai(['audit', key_id, '--json']);
  expect(code).toBe(5);
  expect(JSON.parse(out)).toMatchObject({
    key_id,
    version: 102,
    intact: false,
    findings: [{ problem: 'missing', version: 1, message: 'There is no entry of version 1.' }],
    unsealed: 101,
    entries: { length: 101 },
  });
});

test('audit without a key shows the changes of all keys', async () => {
  const keyId = await changedKey();
  const span = ['--from', '2026-11-23T18:30:01Z', '--to', '2026-11-23T18:30:02Z'];
  const args = ['audit', ...span, '--action', 'update'];
  const { out } = await hokusai(args);
  expect(out).toMatch(/^TIME \(UTC\) +ACTION +FROM +BY\n/);
  expect(out).toContain(`\
2026-11-23 18:30:01  update      127.0.0.1        admin
  key_id: ${keyId}
${UPDATED}`);
  const listed = JSON.parse((await hokusai([...args, '--json'])).out);
  expect(listed).toContainEqual(expect.objectContaining({ key_id: keyId, action: 'update' }));
  expect(await hokusai(['audit', '--to', '2026-01-02', '--from', '2026-01-02'])).toEqual({
    code: 0,
    out: '',
    err: 'There are no such changes.\n',
  });
});

test('explain shows each check, the limits and the key, and reads a whole key from a file', async () => {
  const { key_id, api_key } = await service.create({
    name: 'backend',
    scopes: ['read'],
    monthly_prediction_limit: 9,
  });
  await service.validate(api_key);
  const folder = mkdtempSync(join(tmpdir(), 'cli-'));
  cleanUp(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'key');
  writeFileSync(file, `${api_key}\n`);
  const prefix = `${api_key.slice(0, 11)}***`;
  const request = ['--scope', 'predict', '--service', 'prediction', '--ip', '10.0.0.1'];
  expect(await hokusai(['explain', '--key-file', file, ...request])).toEqual({
    code: 0,
    err: '',
    out: `\
answer  refused with 401 insufficient_scope: Key does not have required scope
clock   2026-11-23T18:30:00.000Z
key_id: ${key_id}
  name       backend
  prefix     ${prefix}
  service    prediction
  last_used  2026-11-23 18:30:00

CHECK             RESULT       REASON
format            passed       The text has the format of a key.
deployment        passed       The key is for production; this deployment accepts keys for production, test, development.
checksum          passed       The last six characters fit the rest of the key.
exists            passed       ${prefix} has the key_id ${key_id}.
secret            passed       It is the key that was issued.
active            passed       The key was neither revoked nor rotated.
expiry            passed       The key never expires.
service           passed       The key is for prediction; the request is for prediction.
environment       not checked  The key is for production; environment was not given: send the environment of the service that was called.
scope             failed       The key has the scopes read; the request needs predict.
address           passed       The key may be used from any address; the request came from 10.0.0.1.
hourly_limit      passed       1 of 1000 validations are used in the hour that ends at 2026-11-23T19:00:00.000Z.
monthly_limit     passed       0 of 9 predictions are used in the month that ends at 2026-12-01T00:00:00.000Z.

hour        1 of 1000 used, 999 left until 2026-11-23T19:00:00.000Z
month       0 of 9 used, 9 left until 2026-12-01T00:00:00.000Z
counted_on  ${key_id}
`,
  });
  const piped = await hokusai(['explain', '--key-file', '-'], { input: `${api_key}\n` });
  expect(piped.out).toMatch(/^answer {2}accepted\n/);
  const byId = await hokusai(['explain', key_id, '--environment', 'test']);
  expect(byId.out).toMatch(/^answer {2}refused with 401 environment_mismatch: /);
  const unknown = await hokusai(['explain', '--key-file', '-'], { input: 'password' });
  expect(unknown.out).toMatch(/^answer {2}refused with 401 invalid_key: .+\nclock .+\n\nCHECK/);
});
