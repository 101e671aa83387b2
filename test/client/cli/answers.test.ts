import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { ApiKeyInfo } from '../../../client/src/wire.ts';
import { cleanUp } from '../../support/clean-up.ts';
import { type FakeAnswer, type Fault, startFake } from '../fake-service.ts';
import { runCommand } from './run-command.ts';

const ID = '5d0c8f9a-0c1e-5b7a-9a50-3a0a4b6d2f11';

const KEY: ApiKeyInfo = {
  key_id: ID,
  name: 'backend',
  key_prefix: 'hk_live_AbC***',
  user_id: 'admin',
  service_id: 'prediction',
  scopes: [],
  environment: 'production',
  is_active: true,
  rate_limit_per_hour: 1000,
  monthly_prediction_limit: null,
  overage_allowed: false,
  billing_plan: 'free',
  use_case: null,
  allowed_ips: null,
  created_at: '2026-11-01T09:00:00.000Z',
  expires_at: null,
  last_used_at: '2026-11-23T18:00:00.000Z',
  rotation_due_at: null,
  rotated_to: null,
  rotated_from: null,
  revoked_at: null,
  suspended_at: null,
  used_from: null,
};

const ok = (body: unknown, next?: string): FakeAnswer => ({
  status: 200,
  body,
  ...(next && { headers: { link: `<${next}>; rel="next"` } }),
});

/** Starts a service that gives these answers, one after the other. */
async function serviceOf(...answers: (FakeAnswer | Fault)[]) {
  const { url, received } = await startFake((index) => answers[index] ?? 'cut');
  const requests = () => received.map(({ method, path }) => `${method} ${path}`);
  return {
    received,
    requests,
    hokusai: (args: string[], options = {}) => runCommand(url, args, options),
  };
}

const entry = (version: number, more: object = {}) => ({
  version,
  time: `2026-11-23T18:30:0${version}.000Z`,
  action: 'update',
  changes: [{ field: 'rate_limit_per_hour', old: 1000, new: 500 }],
  reason: null,
  actor: 'alice',
  token_version: null,
  source_ip: '203.0.113.9',
  user_agent: null,
  request_id: null,
  ...more,
});
const created = { action: 'create', changes: [], actor: 'admin', reason: 'first' };
const sound = { key_id: ID, version: 3, intact: true, findings: [], unsealed: 0 };

test('audit reads all pages of a key’s trail and gives one verdict', async () => {
  const { hokusai, requests } = await serviceOf(
    ok({ ...sound, entries: [entry(3), entry(2)] }, `/api/v1/keys/${ID}/audit?cursor=abc`),
    ok({ ...sound, unsealed: 1, entries: [entry(1, created)] }),
  );
  expect(await hokusai(['audit', ID])).toEqual({
    code: 0,
    err: '',
    out: `\
TIME (UTC)           ACTION      FROM             BY
2026-11-23 18:30:03  update      203.0.113.9      alice
  rate_limit_per_hour: 1000 → 500
2026-11-23 18:30:02  update      203.0.113.9      alice
  rate_limit_per_hour: 1000 → 500
2026-11-23 18:30:01  create      203.0.113.9      admin
  reason: first

The trail is intact: 3 entries, of which 1 are from before entries were sealed.
`,
  });
  expect(requests()).toEqual([
    `GET /api/v1/keys/${ID}/audit`,
    `GET /api/v1/keys/${ID}/audit?cursor=abc`,
  ]);
});

test('audit exits with 5 if any page is not intact, and says what is wrong', async () => {
  const findings = [{ problem: 'removed', version: 2, message: 'Entry 2 is missing.' }];
  const pages = [
    ok({ ...sound, intact: false, findings, entries: [entry(3)] }, '?cursor=abc'),
    ok({ ...sound, entries: [entry(1, created)] }),
  ];
  const { hokusai } = await serviceOf(...pages, ...pages);
  const { code, out } = await hokusai(['audit', ID]);
  expect(code).toBe(5);
  expect(out).toMatch(/\n\nThe trail is NOT intact: 2 entries\.\n {2}Entry 2 is missing\.\n$/);
  const json = await hokusai(['audit', ID, '--json']);
  expect(json.code).toBe(5);
  expect(JSON.parse(json.out)).toEqual({
    ...sound,
    intact: false,
    findings,
    entries: [entry(3), entry(1, created)],
  });
});

test('audit without a key shows the changes of all keys', async () => {
  const log = { from: 'a', to: 'b', entries: [{ key_id: ID, ...entry(3) }] };
  const { hokusai, requests } = await serviceOf(ok(log), ok(log));
  const args = ['audit', '--from', '2026-11-22T18:00:00Z', '--action', 'update'];
  expect((await hokusai(args)).out).toBe(`\
TIME (UTC)           ACTION      FROM             BY
2026-11-23 18:30:03  update      203.0.113.9      alice
  key_id: ${ID}
  rate_limit_per_hour: 1000 → 500
`);
  expect(JSON.parse((await hokusai([...args, '--json'])).out)).toEqual(log.entries);
  expect(requests()[0]).toBe('GET /api/v1/audit?from=2026-11-22T18%3A00%3A00Z&action=update');
});

test('posture shows each check with its keys, and --check exits with 5 for a problem', async () => {
  const { key_id, name, key_prefix } = KEY;
  const check = (name: string, status: string, more: object = {}) => ({
    ...{ check: name, status, count: 0, message: `About ${name}.`, keys: [], more: null },
    ...more,
  });
  const checks = [
    check('scopes', 'ok'),
    check('rotation', 'problem', {
      keys: [{ key_id, name, key_prefix }],
      more: '/api/v1/keys?finding=rotation_overdue&cursor=x',
    }),
  ];
  const answer = ok({ as_of: '2026-11-23T02:00:00.000Z', stage: 'production', checks });
  const { hokusai } = await serviceOf(answer, answer);
  const out = `\
Stage production, as of 2026-11-23 02:00:00 UTC

ok         scopes
  About scopes.

problem    rotation
  About rotation.
    ${ID}  hk_live_AbC***  backend
    more: hokusai-auth list --all --finding rotation_overdue
`;
  expect(await hokusai(['posture'])).toEqual({ code: 0, out, err: '' });
  expect(await hokusai(['posture', '--check'])).toEqual({ code: 5, out, err: '' });
});

const window = (limit: number, used: number) => ({
  limit,
  used,
  remaining: limit - used,
  starts_at: '2026-11-23T18:00:00.000Z',
  ends_at: '2026-11-23T19:00:00.000Z',
});

test('explain shows each check, the limits and the key, and reads a whole key from a file', async () => {
  const reason = 'The key has the scopes read.';
  const explanation = ok({
    clock: '2026-11-23T18:30:00.000Z',
    verdict: { is_valid: false, status: 401, code: 'insufficient_scope', error: 'No scope' },
    checks: [
      { check: 'secret', result: 'passed', code: null, reason: 'It is the key.' },
      { check: 'scope', result: 'failed', code: 'insufficient_scope', reason },
      { check: 'address', result: 'not_checked', code: null, reason: 'There is no allowlist.' },
    ],
    key: KEY,
    limits: { hour: window(1000, 12), month: null, counted_on: ID },
  });
  const { hokusai, received } = await serviceOf(explanation, explanation, explanation);
  const folder = mkdtempSync(join(tmpdir(), 'cli-'));
  cleanUp(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'key');
  writeFileSync(file, 'hk_live_key\n');
  expect(await hokusai(['explain', '--key-file', file, '--scope', 'predict'])).toEqual({
    code: 0,
    err: '',
    out: `\
answer  refused with 401 insufficient_scope: No scope
clock   2026-11-23T18:30:00.000Z
key_id: ${ID}
  name       backend
  prefix     hk_live_AbC***
  service    prediction
  last_used  2026-11-23 18:00:00

CHECK             RESULT       REASON
secret            passed       It is the key.
scope             failed       The key has the scopes read.
address           not checked  There is no allowlist.

hour        12 of 1000 used, 988 left until 2026-11-23T19:00:00.000Z
month       no limit
counted_on  ${ID}
`,
  });
  await hokusai(['explain', '--key-file', '-', '--ip', '10.0.0.1'], { input: 'hk_live_piped\n' });
  await hokusai(['explain', ID, '--environment', 'test', '--service', 'website']);
  expect(received.map(({ body }) => body)).toEqual([
    { api_key: 'hk_live_key', required_scope: 'predict' },
    { api_key: 'hk_live_piped', client_ip: '10.0.0.1' },
    { key_id: ID, environment: 'test', service_id: 'website' },
  ]);
});

test('show --prefix shows the key, or lists those that begin so', async () => {
  const other = { ...KEY, key_id: ID.replace('5', '6'), suspended_at: KEY.created_at };
  const { hokusai, requests } = await serviceOf(ok([KEY]), ok([KEY, other]), ok([]));
  const show = () => hokusai(['show', '--prefix', 'hk_live_AbC***']);
  expect((await show()).out).toMatch(/^state +active\nkey_id +5d0c8f9a/);
  expect(await show()).toEqual({
    code: 2,
    out: `\
KEY ID                                PREFIX          STATE      NAME
${ID}  hk_live_AbC***  active     backend
${other.key_id}  hk_live_AbC***  suspended  backend
`,
    err: '2 keys begin with hk_live_AbC***; show one by its key_id:\n',
  });
  expect(await show()).toEqual({
    code: 3,
    out: '',
    err: 'error: No key begins with hk_live_AbC***.\n',
  });
  expect(requests()[0]).toBe('GET /api/v1/keys?key_prefix=hk_live_AbC***');
});

test('sends the filters of list and the changes of update by their names on the wire', async () => {
  const { hokusai, received, requests } = await serviceOf(ok([]), ok(KEY), ok(KEY));
  const filters = ['--active', '--rotation-due', '--user', 'u', '--name', 'n', '--service', 's'];
  await hokusai([
    'list',
    ...filters,
    '--unused-days',
    '90',
    '--finding',
    'f',
    '--prefix',
    'hk_dev_',
  ]);
  await hokusai(['update', ID, '--suspend', '--use-case', 'batch', '--no-overage']);
  await hokusai(['update', ID, '--resume']);
  expect(requests()).toEqual([
    'GET /api/v1/keys?service_id=s&active_only=true&rotation_due=true&user_id=u&key_prefix=hk_dev_&name=n&unused_days=90&finding=f&limit=101',
    `PATCH /api/v1/keys/${ID}`,
    `PATCH /api/v1/keys/${ID}`,
  ]);
  expect(received.slice(1).map(({ body }) => body)).toEqual([
    { suspended: true, use_case: 'batch', overage_allowed: false },
    { suspended: false },
  ]);
});

test('prints names harmlessly, and fits a terminal', async () => {
  const name = '\u001b[2J日本語のとても長い名前のキー\u202e\u009b\n';
  const { hokusai } = await serviceOf(ok([{ ...KEY, name }]), ok([{ ...KEY, name }]), ok(KEY));
  const { out } = await hokusai(['list'], { columns: 80, env: { NO_COLOR: '1' } });
  expect(out).toBe(`\
KEY ID                                PREFIX          STATE      NAME
${ID}  hk_live_AbC***  active     \\u001b[2J日本…
`);
  const json = await hokusai(['list', '--json']);
  expect(json.out).not.toMatch(/[^\n\P{Cc}]|\p{Bidi_Control}/u);
  expect(JSON.parse(json.out)[0].name).toBe(name);
});

test('colors only for a terminal without NO_COLOR', async () => {
  const { hokusai } = await serviceOf(ok([KEY]), ok([KEY]), ok([KEY]));
  const bold = '\u001b[1m';
  expect((await hokusai(['list'], { columns: 120 })).out).toContain(bold);
  expect((await hokusai(['list'], { columns: 120, env: { NO_COLOR: '1' } })).out).not.toContain(
    bold,
  );
  expect((await hokusai(['list'])).out).not.toContain(bold);
});

test('list --all prints each page before it asks for the next, and shows progress', async () => {
  const shown: number[] = [];
  const { hokusai, received } = await serviceOf(
    ok([KEY, KEY], '/api/v1/keys?limit=1000&cursor=b'),
    ok([], '/api/v1/keys?limit=1000&cursor=c'),
    ok([KEY]),
  );
  const onLine = (line: string) => line.startsWith(ID) && shown.push(received.length);
  const { err } = await hokusai(['list', '--all'], { columns: 80, onLine });
  expect(shown).toEqual([1, 1, 3]);
  expect(err.split('\r\u001b[K').filter(Boolean)).toEqual([
    '[====                    ] 2 keys',
    '[    ====                ] 2 keys',
    '[        ====            ] 3 keys',
  ]);
});

test.each([
  [
    'create',
    ['create', 'a', '--service', 's'],
    'list the keys, and revoke the newest with this name',
  ],
  ['rotate', ['rotate', ID, '--grace', '60'], 'if it has rotated_to, rotate that key'],
])('%s is sent once, and a lost answer says what to do', async (_, args, advice) => {
  const { hokusai, requests } = await serviceOf('cut');
  const { code, out, err } = await hokusai(args);
  expect([code, out, requests().length]).toEqual([1, '', 1]);
  expect(err).toContain(advice);
  const failing = await serviceOf({ status: 503, body: { detail: 'Down' } });
  expect((await failing.hokusai(args)).err).toMatch(/^error: Down\. The key may have been /);
});
