import { expect, test } from '@jest/globals';
import type { ApiKeyInfo } from '../../../client/src/wire.ts';
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
