import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import type { Exchange, Failure, Result } from './exchanges.ts';
import type { Mask } from './mask.ts';
import type { Inputs } from './prepare.ts';

/** The parts of the JSON output of `redocly respect` that are read here. */
interface Output {
  readonly files: Readonly<Record<string, { readonly executedWorkflows: readonly Workflow[] }>>;
}
interface Workflow {
  readonly workflowId: string;
  readonly executedSteps: readonly (Step | Workflow)[];
}
interface Step {
  readonly stepId: string;
  readonly request: { readonly method: string; readonly url: string };
  readonly response: {
    readonly statusCode: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: unknown;
  };
  readonly checks: readonly Check[];
  /** The attempts that followed this one; absent if it was not repeated. */
  readonly retriesLeft?: number;
}
interface Check {
  readonly name: string;
  readonly passed: boolean;
  readonly message: string;
  readonly condition?: string;
}

export interface Outcome {
  readonly results: readonly Result[];
  readonly exchanges: readonly Exchange[];
  /** The ids of the keys that were issued. */
  readonly issued: readonly string[];
}

/** Runs the workflows of some areas with `redocly respect`. */
export async function runWorkflows(
  areas: readonly string[],
  url: string,
  inputs: Inputs,
  mask: Mask,
  signal: AbortSignal,
): Promise<Outcome> {
  if (areas.length === 0) return { results: [], exchanges: [], issued: [] };
  const folder = mkdtempSync(join(tmpdir(), 'conformance-'));
  try {
    const output = join(folder, 'output.json');
    const said = await respect(areas, url, inputs, output, signal);
    const steps = readOutput(output, said)
      .flatMap(stepsOf)
      // An attempt that failed and was repeated does not count.
      .filter(({ step }) => !step.retriesLeft);
    return {
      results: resultsOf(steps, mask),
      exchanges: steps.map((at) => exchangeOf(at, mask)),
      issued: steps.flatMap(({ step }) => issuedIn(step.response.body)),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @returns what it printed */
async function respect(
  areas: readonly string[],
  url: string,
  inputs: Inputs,
  output: string,
  signal: AbortSignal,
): Promise<string> {
  const child = spawn(
    process.execPath,
    [
      fileURLToPath(import.meta.resolve('@redocly/cli/bin/cli.js')),
      'respect',
      ...areas.map((area) => join(import.meta.dirname, `${area}.arazzo.yaml`)),
      ...['--server', JSON.stringify({ api: url })],
      ...['--json-output', output],
      ...['--max-fetch-timeout', '10000'],
    ],
    {
      cwd: join(import.meta.dirname, '../..'),
      env: {
        ...process.env,
        // Not an argument, which other users of the machine could read.
        REDOCLY_CLI_RESPECT_INPUT: JSON.stringify(inputs),
        REDOCLY_TELEMETRY: 'off',
        REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
      },
      stdio: ['ignore', 'ignore', 'pipe'],
      signal,
    },
  );
  const [said] = await Promise.all([text(child.stderr), once(child, 'close')]);
  return said;
}

function readOutput(output: string, said: string): readonly Workflow[] {
  try {
    const { files }: Output = JSON.parse(readFileSync(output, 'utf8'));
    return Object.values(files).flatMap((file) => file.executedWorkflows);
  } catch {
    // Without the box about the version of Node.js.
    const reason = stripVTControlCharacters(said).replace(/^.*[╔║╚].*\n/gm, '');
    throw new Error(`redocly respect did not run the workflows: ${reason.trim()}`);
  }
}

interface StepAt {
  readonly workflow: string;
  readonly step: Step;
}

function stepsOf({ workflowId, executedSteps }: Workflow): StepAt[] {
  return executedSteps.flatMap((step) =>
    'executedSteps' in step ? stepsOf(step) : [{ workflow: workflowId, step }],
  );
}

function resultsOf(steps: readonly StepAt[], mask: Mask): Result[] {
  const failures = new Map<string, Failure[]>();
  for (const { workflow, step } of steps) {
    const found = failures.get(workflow) ?? [];
    failures.set(workflow, [...found, ...failuresOf(step, mask)]);
  }
  return [...failures].map(([name, found]) => ({ name, failures: found }));
}

function failuresOf({ stepId, request, response, checks }: Step, mask: Mask): Failure[] {
  const failed = checks.filter(({ passed }) => !passed);
  if (failed.length === 0) return [];
  const { statusCode, headers, body } = response;
  const named = failed.flatMap(({ message }) => [
    ...message.matchAll(/\$response\.header\.([\w-]+)/g),
  ]);
  const shown = named.map(([, name = '']) => `${name}: ${headers[name.toLowerCase()]}`);
  return [
    {
      place: `step ${stepId}, ${request.method.toUpperCase()} ${request.url}`,
      expected: failed.map((check) => mask.apply(expectationOf(check))),
      came: mask.apply([statusCode || 'nothing', ...shown, JSON.stringify(body) ?? ''].join(' ')),
    },
  ];
}

/** Returns what a check expected: its condition, or the message of a check without one. */
function expectationOf({ name, message, condition }: Check): string {
  const context = /^Checking regex criteria: (.*)$/.exec(message)?.[1];
  if (context) return `${JSON.parse(context).context} matches ${condition}`;
  return condition ?? `${name}: ${withoutCodeFrame(stripVTControlCharacters(message))}`;
}

/** Leaves out the lines of the answer's body, except one that the message is about. */
function withoutCodeFrame(message: string): string {
  const lines = message.split('\n').filter((line) => line.trim());
  const marked = lines.filter((line) => /^\s*>\s*\d+ \|/.test(line));
  const said = lines.filter((line) => !/^\s*>?\s*\d* ?\|/.test(line));
  return [...said, ...(marked.length === 1 ? marked : [])].map((line) => line.trim()).join('\n');
}

function exchangeOf({ workflow, step }: StepAt, mask: Mask): Exchange {
  const { request, response } = step;
  return {
    place: `${workflow}, step ${step.stepId}`,
    method: request.method.toUpperCase(),
    url: request.url,
    status: response.statusCode,
    headers: response.headers,
    body: JSON.parse(mask.apply(JSON.stringify(response.body ?? null))),
  };
}

function issuedIn(body: unknown): string[] {
  const { api_key, key_id } = (body ?? {}) as { api_key?: string; key_id?: string };
  return api_key && key_id ? [key_id] : [];
}
