import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { DAY_MS } from '../../../lib/domain/time.ts';
import { captureIssued } from '../../support/captured.ts';
import { cleanUp } from '../../support/clean-up.ts';
import { ADMIN_TOKEN } from '../../support/client.ts';
import { NOW, useService } from '../../support/service.ts';
import { runCommand } from './run-command.ts';

const service = useService();
const hokusai = (args: string[], options = {}) => runCommand(service.url, args, options);

const folder = mkdtempSync(join(tmpdir(), 'cli-'));
cleanUp(() => rmSync(folder, { recursive: true }));

const UNKNOWN = '5d0c8f9a-0c1e-5b7a-9a50-3a0a4b6d2f11';
const KEY = /hk_live_[0-9A-Za-z]{32}/;
const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

/** Returns the request's id, which differs each time, as `<id>`. */
const withoutId = (text: string) =>
  text.replace(new RegExp(`request ${UUID.source}`), 'request <id>');

test('create shows the key once, with its configuration', async () => {
  const { code, out, err } = await hokusai([
    ...['create', 'backend', '--service', 'prediction', '--scope', 'predict', '--scope', 'read'],
    ...['--allow-ip', '203.0.113.0/24', '--rate-limit', '500', '--monthly-limit', '9000'],
    ...['--overage', '--plan', 'pro', '--user', 'alice', '--expires-in-days', '30'],
    ...['--use-case', 'batch'],
  ]);
  const [key = ''] = KEY.exec(out) ?? [];
  const [id = ''] = UUID.exec(out) ?? [];
  expect({ code, out: out.replaceAll(key, '<key>').replaceAll(id, '<id>'), err }).toEqual({
    code: 0,
    out: `\
api_key                   <key>
state                     active
key_id                    <id>
name                      backend
key_prefix                ${key.slice(0, 11)}***
user_id                   alice
service_id                prediction
scopes                    predict, read
environment               production
is_active                 true
rate_limit_per_hour       500
monthly_prediction_limit  9000
overage_allowed           true
billing_plan              pro
use_case                  batch
allowed_ips               203.0.113.0/24
created_at                2026-11-23T18:30:00.000Z
expires_at                2026-12-23T18:30:00.000Z
last_used_at              -
rotation_due_at           2027-02-21T18:30:00.000Z
rotated_to                -
rotated_from              -
revoked_at                -
suspended_at              -
used_from                 -
`,
    err: 'This is the only time that the key is shown.\n',
  });
  expect((await service.validate(key, { client_ip: '203.0.113.1' })).status).toBe(200);
});

test('create --out writes the key to a file that only its owner can read, and does not show it', async () => {
  const file = join(folder, 'new.key');
  const args = ['create', 'backend', '--service', 'prediction', '--out', file, '--json'];
  const { code, out, err } = await hokusai(args);
  const key = readFileSync(file, 'utf8').trim();
  captureIssued(key);
  expect([code, err]).toEqual([0, '']);
  expect(JSON.parse(out)).toEqual({
    key_id: expect.stringMatching(UUID),
    key_info: expect.objectContaining({ name: 'backend' }),
  });
  expect(out).not.toContain(key);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect((await service.validate(key)).status).toBe(200);
  const text = await hokusai([...args.slice(0, -2), join(folder, 'other.key')]);
  expect(text.out).toMatch(/^written_to +\S+other\.key\nstate +active\n/);
  expect([KEY.test(text.out), text.err]).toEqual([false, '']);
});

test.each([
  ['a file that exists', (file: string) => writeFileSync(file, 'kept')],
  ['a link', (file: string) => symlinkSync(join(folder, 'target'), file)],
])('create --out refuses %s before it creates a key', async (what, make) => {
  const file = join(folder, `out of ${what}`);
  make(file);
  const before = (await service.call('GET', '/api/v1/keys')).body;
  expect(await hokusai(['create', 'a', '--service', 'prediction', '--out', file])).toEqual({
    code: 2,
    out: '',
    err: `error: ${file} exists already; nothing was changed. Name a new file with --out.\n`,
  });
  expect((await service.call('GET', '/api/v1/keys')).body).toEqual(before);
});

test('create --out leaves no file if the service refuses the key', async () => {
  const file = join(folder, 'refused.key');
  const args = ['create', 'a', '--service', 'nothing', '--rate-limit', '1', '--out', file];
  const { code, out, err } = await hokusai(args);
  expect([code, out]).toEqual([2, '']);
  expect(withoutId(err)).toBe(`error: The request is not valid:
  rate_limit_per_hour: must be a whole number from 10 to 100000
  service_id: must be one of: prediction, platform, website (request <id>)
`);
  expect(() => statSync(file)).toThrow('ENOENT');
});

test('list shows a line for each key, and its state', async () => {
  service.clock.now = new Date(NOW.getTime() + 60_000);
  const active = await service.create({ name: 'active', user_id: 'list' });
  const rotated = await service.create({ name: 'in grace' });
  await service.call('POST', `/api/v1/keys/${rotated.key_id}/rotate`, {
    body: { grace_period_minutes: 60 },
  });
  const revoked = await service.create({ name: 'revoked' });
  await service.call('DELETE', `/api/v1/keys/${revoked.key_id}`);
  service.clock.now = NOW;
  const { code, out, err } = await hokusai(['list', '--limit', '4']);
  const lines = out.split('\n');
  expect([code, lines[0]]).toEqual([
    0,
    'KEY ID                                PREFIX          STATE      NAME',
  ]);
  expect(lines).toContain(`${active.key_id}  ${active.api_key.slice(0, 11)}***  active     active`);
  expect(lines).toContainEqual(
    expect.stringMatching(`^${rotated.key_id}  .{14}  grace {6}in grace$`),
  );
  expect(err).toBe('There are more than 4: --all lists them all.\n');
});

test('list --json prints one array with the keys of the API', async () => {
  const { body } = await service.call('GET', '/api/v1/keys');
  const { out } = await hokusai(['list', '--json', '--all']);
  expect(JSON.parse(out)).toEqual(body);
  expect(out.split('\n')).toHaveLength(body.length + 3);
  expect(await hokusai(['list', '--json', '--environment', 'test'])).toEqual({
    code: 0,
    out: '[]\n',
    err: '',
  });
});

test('show prints the fields of a key', async () => {
  const { key_id, key_info } = await service.create({ name: 'shown' });
  const { out } = await hokusai(['show', key_id]);
  expect(out).toMatch(/^state +active\nkey_id +[0-9a-f-]+\nname +shown\n/);
  expect(out).toMatch(/\nscopes +all of its service\n(.+\n)*allowed_ips +any address\n/);
  expect(JSON.parse((await hokusai(['show', key_id, '--json'])).out)).toEqual(key_info);
});

test('show --prefix shows the key, or lists those that begin so', async () => {
  const { key_id } = await service.create({ name: 'one' });
  await service.alter(key_id, 'key_prefix', 'hk_live_AbC***');
  const show = () => hokusai(['show', '--prefix', 'hk_live_AbC']);
  expect((await show()).out).toMatch(new RegExp(`^state +active\nkey_id +${key_id}\n`));
  service.clock.now = new Date(NOW.getTime() - 60_000);
  const other = await service.create({ name: 'two' });
  service.clock.now = NOW;
  await service.alter(other.key_id, 'key_prefix', 'hk_live_AbC***');
  expect(await show()).toEqual({
    code: 2,
    out: `\
KEY ID                                PREFIX          STATE      NAME
${key_id}  hk_live_AbC***  active     one
${other.key_id}  hk_live_AbC***  active     two
`,
    err: '2 keys begin with hk_live_AbC; show one by its key_id:\n',
  });
  expect(await hokusai(['show', '--prefix', 'hk_dev_A-'])).toMatchObject({ code: 2 });
  expect(await hokusai(['show', '--prefix', 'hk_dev_Abc***'])).toEqual({
    code: 3,
    out: '',
    err: 'error: No key begins with hk_dev_Abc***.\n',
  });
});

test('show tells until when a rotated key works, and where it is still used from', async () => {
  const { key_id, api_key } = await service.create();
  await hokusai(['rotate', key_id, '--grace', '1h']);
  const shown = async () => (await hokusai(['show', key_id])).out;
  expect(await shown()).toMatch(/\nused_from +none\n$/);
  for (const client_ip of ['203.0.113.7', '2001:db8::1']) {
    await service.validate(api_key, { client_ip });
  }
  const out = await shown();
  expect(out).toMatch(/^state +grace, until 2026-11-23T19:30:00\.000Z\n/);
  expect(out).toMatch(/\nlast_used_at +2026-11-23T18:30:00\.000Z\n/);
  expect(out.split('\n')).toContain(
    `used_from                 203.0.113.7 at ${NOW.toISOString()}, 2001:db8::1 at ${NOW.toISOString()}`,
  );
});

test('update suspends and resumes a key, which list and show call suspended', async () => {
  const { key_id, api_key, key_info } = await service.create({
    user_id: 'suspended',
    overage_allowed: true,
  });
  const suspended = await hokusai([
    'update',
    key_id,
    '--suspend',
    '--use-case',
    'batch',
    '--no-overage',
  ]);
  expect(suspended.out).toMatch(/^state +suspended\n/);
  expect((await hokusai(['show', key_id])).out).toBe(suspended.out);
  expect(
    (await hokusai(['list', '--user', 'suspended', '--name', 'KEY', '--service', 'prediction']))
      .out,
  ).toBe(`\
KEY ID                                PREFIX          STATE      NAME
${key_id}  ${key_info.key_prefix}  suspended  a key
`);
  expect((await service.validate(api_key)).body.code).toBe('revoked');
  expect((await hokusai(['list', '--user', 'suspended', '--active'])).err).toBe(
    'There are no such keys.\n',
  );
  const resumed = await hokusai(['update', key_id, '--resume', '--json']);
  expect(JSON.parse(resumed.out)).toEqual({
    ...key_info,
    use_case: 'batch',
    overage_allowed: false,
  });
  expect((await service.validate(api_key)).status).toBe(200);
});

test('list --rotation-due lists the keys that should have been rotated', async () => {
  const { key_id } = await service.create({ user_id: 'due' });
  const due = () => hokusai(['list', '--user', 'due', '--rotation-due']);
  expect((await due()).err).toBe('There are no such keys.\n');
  service.clock.now = new Date(NOW.getTime() + 90 * DAY_MS);
  expect((await due()).out).toContain(`\n${key_id}  `);
  service.clock.now = NOW;
});

test('update changes the given fields and lifts restrictions', async () => {
  const { key_id } = await service.create({ scopes: ['read'], allowed_ips: ['10.0.0.0/8'] });
  const args = ['update', key_id, '--name', 'renamed', '--rate-limit', '50', '--all-scopes'];
  expect((await hokusai([...args, '--any-ip'])).out).toMatch(/\nname +renamed\n/);
  expect((await service.call('GET', `/api/v1/keys/${key_id}`)).body).toMatchObject({
    name: 'renamed',
    rate_limit_per_hour: 50,
    scopes: [],
    allowed_ips: null,
  });
});

test('rotate with a grace period does not ask', async () => {
  const { key_id, api_key } = await service.create();
  const { code, out } = await hokusai(['rotate', key_id, '--grace', '1h', '--json']);
  const issued = JSON.parse(out);
  expect([code, issued.key_info.rotated_from]).toEqual([0, key_id]);
  expect((await service.validate(issued.api_key)).status).toBe(200);
  expect((await service.validate(api_key)).status).toBe(200);
  const again = await hokusai(['rotate', key_id, '--yes']);
  expect([again.code, withoutId(again.err)]).toEqual([
    4,
    'error: API key has already been rotated or revoked (request <id>)\n',
  ]);
});

test('rotate without one asks first, and shows which key it is', async () => {
  const { key_id, api_key } = await service.create({ name: 'asked' });
  const declined = await hokusai(['rotate', key_id], { columns: 80, input: 'no\n' });
  expect([declined.code, declined.out]).toEqual([4, '']);
  expect(declined.err).toContain(`\
Rotate this key without a grace period? The old one is revoked at once.
  name       asked
  prefix     ${api_key.slice(0, 11)}***
  service    prediction
  last_used  never
`);
  expect(declined.err).toMatch(/error: Nothing was changed\.\n$/);
  expect((await service.validate(api_key)).status).toBe(200);
  expect((await hokusai(['rotate', key_id], { columns: 80, input: 'y\n' })).code).toBe(0);
  expect((await service.validate(api_key)).body.code).toBe('revoked');
});

test('revoke asks, and refuses where nobody can be asked', async () => {
  const { key_id, api_key } = await service.create();
  expect(await hokusai(['revoke', key_id])).toEqual({
    code: 4,
    out: '',
    err: 'error: There is no terminal to confirm it at; give --yes to go on.\n',
  });
  expect((await hokusai(['revoke', key_id], { columns: 80, input: '' })).code).toBe(4);
  expect((await service.validate(api_key)).status).toBe(200);
  expect(await hokusai(['revoke', key_id, '--yes', '--reason', 'leaked'])).toEqual({
    code: 0,
    out: `${key_id} is revoked.\n`,
    err: '',
  });
  expect((await service.validate(api_key)).body.code).toBe('revoked');
  expect(JSON.parse((await hokusai(['revoke', key_id, '--yes', '--json'])).out)).toEqual({
    message: 'API key revoked successfully',
  });
});

test('usage shows the month and the bill of a key, and the totals', async () => {
  const { key_id } = await service.create();
  const body = {
    service_id: 'prediction',
    endpoint: '/v1/predict',
    status_code: 200,
    response_time_ms: 12.5,
    predictions_count: 3,
  };
  await service.call('POST', `/api/v1/usage/${key_id}`, { body });
  await service.drain();
  const month = (await hokusai(['usage', key_id, '--period', '2026-11'])).out;
  expect(month).toMatch(/\ntotal_predictions +3\n(.+\n)*top_endpoints +endpoint \S+, count 1\n/);
  const bill = (await hokusai(['usage', key_id, '--billing'])).out;
  expect(bill).toMatch(/\ncurrent_usage +requests 1, predictions 3, compute_ms 0\n/);
  expect((await hokusai(['usage', '--to', '2026-11-23', '--from', '2026-11-23'])).out).toBe(`\
DAY         REQUESTS      PREDICTIONS   COMPUTE MS      SERVICE
2026-11-23  1             3             0               prediction
`);
  const byKey = await hokusai(['usage', '--by-key', '--period', '2026-11']);
  expect(byKey.out.split('\n')).toContain(`${key_id}  1             3             0.0%`);
  const none = { code: 0, out: '', err: 'There is no usage in this time.\n' };
  expect(await hokusai(['usage', '--to', '2026-01-02', '--from', '2026-01-02'])).toEqual(none);
});

test.each([
  [['show', UNKNOWN], 3, 'error: API key not found (request <id>)\n'],
  [
    ['show', 'backend'],
    2,
    'error: A key is named by its key_id, a UUID. To find it: hokusai-auth show --prefix hk_live_AbC\n',
  ],
  [['show'], 2, 'error: Give either a key_id or --prefix.\n'],
  [
    ['show', '--prefix', 'hk_live_AbCd'],
    2,
    'error: --prefix takes at most three characters of the key, as in hk_live_AbC. To find out whose a whole key is, use explain --key-file.\n',
  ],
  [['update', UNKNOWN], 2, 'error: Name at least one field to change; see update --help.\n'],
  [
    ['update', UNKNOWN, '--suspend', '--resume'],
    2,
    'error: Two of the options contradict each other.\n',
  ],
  [
    ['audit', UNKNOWN, '--from', '2026-11-01'],
    2,
    'error: A key’s trail is shown whole: --from, --to and --action are for all keys.\n',
  ],
  [['usage', UNKNOWN, '--by-key'], 2, 'error: An option is not for one key; see usage --help.\n'],
  [['usage', '--billing'], 2, 'error: An option is for one key; see usage --help.\n'],
  [['explain'], 2, 'error: Give either a key_id or --key-file.\n'],
  [['explain', '--key-file', '/no/file'], 2, "error: /no/file can't be read (ENOENT).\n"],
  [
    ['rotate', UNKNOWN, '--grace', 'soon'],
    2,
    "error: option '--grace <time>' argument 'soon' is invalid. It takes minutes, or 90m, 24h, 7d.\nSee --help for the options and examples.\n",
  ],
  [
    ['create', 'a'],
    2,
    "error: required option '--service <id>' not specified\nSee --help for the options and examples.\n",
  ],
  [
    ['list', '--token', 'x'],
    2,
    "error: unknown option '--token'\nSee --help for the options and examples.\n",
  ],
])('%j fails with a message', async (args, code, message) => {
  const { out, ...said } = await hokusai(args);
  expect({ ...said, err: withoutId(said.err) }).toEqual({ code, err: message });
  expect(out).toBe('');
});

test.each([
  [
    'a wrong token',
    { HOKUSAI_ADMIN_TOKEN: 'wrong' },
    4,
    'error: Invalid authentication credentials (request <id>)\n',
  ],
  [
    'no token',
    { HOKUSAI_ADMIN_TOKEN: '' },
    2,
    'error: Set HOKUSAI_ADMIN_TOKEN, or give --token-secret.\n',
  ],
  [
    'a token that no header can carry',
    { HOKUSAI_ADMIN_TOKEN: 'a\nb' },
    2,
    'error: The token is empty or holds a character that a header cannot carry\n',
  ],
  ['no address', { HOKUSAI_AUTH_URL: '' }, 2, 'error: Set HOKUSAI_AUTH_URL, or give --url.\n'],
  ['an address that is none', { HOKUSAI_AUTH_URL: 'auth' }, 2, 'error: url is not a URL: auth\n'],
  [
    'a service that is down',
    { HOKUSAI_AUTH_URL: 'http://127.0.0.1:1' },
    1,
    expect.stringMatching(/^error: The API-key service did not answer/),
  ],
])('fails with a message for %s', async (_, env, code, message) => {
  const said = await hokusai(['list'], { env });
  expect({ ...said, err: withoutId(said.err) }).toEqual({ code, out: '', err: message });
});

test('warns of a URL with which others can read the token', async () => {
  // Reaches this machine too, but by an address that is not of its loopback network.
  const url = service.url.replace('127.0.0.1', '0.0.0.0');
  const args = ['list', '--user', 'nobody', '--json'];
  expect(await hokusai([...args, '--url', url])).toEqual({
    code: 0,
    out: '[]\n',
    err: `warning: ${url} is not https, so others can read the token.\n`,
  });
  const local = service.url.replace('127.0.0.1', 'localhost');
  expect((await hokusai([...args, '--url', local])).err).not.toContain('warning');
});

test('--version prints the version of the package', async () => {
  const { version } = JSON.parse(readFileSync('client/package.json', 'utf8'));
  expect(await hokusai(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' });
});

test('--token-secret reads the token from Secrets Manager', async () => {
  const { ADMIN_TOKEN_SECRET: id = '' } = process.env;
  const env = { HOKUSAI_ADMIN_TOKEN: '' };
  const limit = ['--limit', '1'];
  expect((await hokusai(['list', '--token-secret', id, ...limit], { env })).code).toBe(0);
  expect(await hokusai(['list', '--token-secret', 'no/secret'], { env })).toEqual({
    code: 3,
    out: '',
    err: "error: Secrets Manager, no/secret: Secrets Manager can't find the secret.\n",
  });
});

test.each([
  ...['create', 'list', 'show', 'update', 'rotate', 'revoke', 'explain', 'audit', 'posture'],
  ...['usage', 'tokens'],
])('%s --help has examples', async (command) => {
  const { code, out } = await hokusai([command, '--help']);
  expect(code).toBe(0);
  expect(out).toContain(`\nExamples:\n  hokusai-auth ${command}`);
  expect(out).not.toContain(ADMIN_TOKEN);
});
