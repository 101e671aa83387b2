import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, expect, test } from '@jest/globals';
import { cleanUp } from '../support/clean-up.ts';

const folder = mkdtempSync(join(tmpdir(), 'deploy-'));
const summary = join(folder, 'summary');
const outputs = join(folder, 'outputs.json');
beforeEach(() => writeFileSync(summary, ''));
cleanUp(() => rmSync(folder, { recursive: true }));

/** Runs a script of .github/scripts; `commands` take the place of programs by their name. */
async function run(commands: Record<string, string>, script: string, ...args: string[]) {
  for (const [name, command] of Object.entries(commands)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${command}\n`, { mode: 0o755 });
  }
  const env = {
    PATH: `${folder}:${process.env.PATH}`,
    GITHUB_STEP_SUMMARY: summary,
    GITHUB_REPOSITORY: 'octo-org/api-keys',
    GITHUB_REF_NAME: 'v1.2.3',
  };
  const result = await promisify(execFile)(`.github/scripts/${script}`, args, {
    env,
    maxBuffer: 2 ** 21,
  }).then(
    ({ stdout }) => ({ code: 0, stdout }),
    ({ code, stdout }) => ({ code, stdout }),
  );
  return { ...result, summary: readFileSync(summary, 'utf8') };
}

test('the summary shows the difference of the stack, without the role that is not assumed', async () => {
  const difference = 'Resources\n[~] AWS::Lambda::Function CreateKey\n';
  const warning = "could not be used to assume 'cdk-hnb659fds-lookup-role-1-us-east-1'";
  const npx = `echo "$@" >${folder}/args; echo "${warning}" >&2; printf '${difference}'`;
  expect(await run({ npx }, 'summarize-diff.sh', 'api-keys-test')).toEqual({
    code: 0,
    stdout: `${warning}\n${difference}`,
    summary: `### Changes of api-keys-test\n~~~~text\n${difference}\n~~~~\n`,
  });
  expect(readFileSync(join(folder, 'args'), 'utf8')).toBe(
    'cdk diff --app cdk.out --method template --no-color api-keys-test\n',
  );
});

test('the summary fits into what GitHub takes', async () => {
  const npx = "yes '[+] AWS::Lambda::Function' | head -c 1500000";
  const { code, summary } = await run({ npx }, 'summarize-diff.sh', 'api-keys-test');
  expect({ code, fits: summary.length < 1024 ** 2 }).toEqual({ code: 0, fits: true });
});

test('a comparison that fails fails the job', async () => {
  const { code, summary } = await run(
    { npx: 'echo Need to perform AWS calls; exit 1' },
    'summarize-diff.sh',
    'api-keys-test',
  );
  expect({ code, summary }).toEqual({ code: 1, summary: '' });
});

test.each([
  ['reviewers', 'echo branch_policy; echo required_reviewers', 0],
  ['no reviewers', 'echo branch_policy', 1],
  ['no protection', 'true', 1],
  ['no such environment', 'echo "HTTP 404" >&2; exit 1', 1],
])('an environment with %s passes or is refused', async (_, gh, code) => {
  const result = await run({ gh }, 'require-reviewers.sh', 'production');
  expect(result.code).toBe(code);
  expect(result.stdout.startsWith('::error title=No approval::')).toBe(code > 0);
});

test.each([
  [0, '', ''],
  [
    1,
    '::error title=Smoke test failed::api-keys-test runs v1.2.3',
    '### api-keys-test: the smoke test failed',
  ],
])(
  'the smoke test masks the token, and ends with the code %d of the kit',
  async (code, error, text) => {
    writeFileSync(
      outputs,
      JSON.stringify({ 'api-keys-test': { ApiUrl: 'https://api', AdminTokenSecret: 'arn:token' } }),
    );
    const result = await run(
      {
        aws: 'case "$*" in *"--secret-id arn:token "*) echo the-token;; *) exit 1;; esac',
        npm: `echo "$ADMIN_TOKEN $*"; exit ${code}`,
      },
      'smoke-test.sh',
      ...[outputs, 'api-keys-test', 'test', 'prediction'],
    );
    const [mask, kit, ...rest] = result.stdout.split('\n');
    expect([mask, kit]).toEqual([
      '::add-mask::the-token',
      'the-token run -s conformance -- --url https://api --environment test --service prediction',
    ]);
    expect(rest.join('\n').startsWith(error)).toBe(true);
    expect(result.summary.startsWith(text)).toBe(true);
    expect({ code: result.code, said: result.summary !== '' }).toEqual({ code, said: code > 0 });
  },
);

test.each([
  ['has no such stack', '{}'],
  ['cannot be read', ''],
])('the smoke test fails if the file of outputs %s', async (_, content) => {
  writeFileSync(outputs, content);
  const commands = { aws: 'echo the-token', npm: 'true' };
  const { code } = await run(commands, 'smoke-test.sh', outputs, 'api-keys-test', 'test', 'any');
  expect(code).toBe(1);
});
