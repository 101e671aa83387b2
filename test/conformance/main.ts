import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { checkAnswers } from './answers.ts';
import { runCases } from './cases.ts';
import { revokeKeys } from './clean-up.ts';
import { type Client, createClient } from './client.ts';
import type { Result } from './exchanges.ts';
import { Mask } from './mask.ts';
import { HELP, HTTP, type Options, readOptions, UsageError } from './options.ts';
import { avoidEndOfHour, issueFirstKey, makeInputs, NothingIssued } from './prepare.ts';
import { describeResults } from './report.ts';
import { runWorkflows } from './respect.ts';

/** A request that was in progress when the run was interrupted may still issue a key. */
const IN_PROGRESS_MS = 2000;

const mask = new Mask();
const say = (text: string) => console.log(mask.apply(text));
const complain = (text: string) => console.error(mask.apply(text));

/** @returns the exit code */
async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args, process.env);
  if (!options) {
    say(HELP);
    return 0;
  }
  mask.add(options.adminToken);
  const startedAt = Date.now();
  const namePrefix = `conformance-${randomBytes(6).toString('hex')}`;
  const interruption = new AbortController();
  // Once: a second Ctrl-C ends the process at once.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.once(name, () => interruption.abort());
  // Nobody reads the output any more, but the keys must be revoked.
  process.stdout.on('error', () => interruption.abort());
  const { signal } = interruption;
  const client = createClient(options.url, options.adminToken, mask, signal);
  let code = 2;
  try {
    const results = await runAll(options, client, namePrefix, signal);
    const failed = results.filter(({ failures }) => failures.length > 0).length;
    say(describeResults(results));
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    say(`\n${results.length - failed} of ${results.length} cases passed in ${seconds} s.`);
    code = failed > 0 ? 1 : 0;
  } catch (error) {
    complain(signal.aborted ? '\nInterrupted.' : (error as Error).message);
    if (signal.aborted) code = 130;
    if (error instanceof NothingIssued) return code;
  }
  if (signal.aborted) await delay(IN_PROGRESS_MS);
  const isClean = await cleanUp(options, client.issued, namePrefix, startedAt);
  return isClean || code > 0 ? code : 1;
}

async function runAll(
  { url, ...options }: Options,
  client: Client,
  namePrefix: string,
  signal: AbortSignal,
): Promise<Result[]> {
  const first = await issueFirstKey({ url, ...options }, client, namePrefix);
  say(`The names of the keys of this run begin with ${namePrefix}.\n`);
  await avoidEndOfHour(Date.now(), say, signal);
  const inputs = makeInputs({ url, ...options }, namePrefix, first);
  const areas = options.areas.filter((area) => area !== HTTP);
  const results = options.areas.includes(HTTP)
    ? await runCases({ client, first, namePrefix, ...options }, mask)
    : [];
  const outcome = await runWorkflows(areas, url, inputs, mask, signal);
  for (const keyId of outcome.issued) client.issued.add(keyId);
  const exchanges = [...client.exchanges, ...outcome.exchanges];
  return [...results, ...outcome.results, ...checkAnswers(exchanges, url)];
}

/** @returns whether every key of the run is revoked */
async function cleanUp(
  { url, adminToken }: Options,
  issued: ReadonlySet<string>,
  namePrefix: string,
  startedAt: number,
): Promise<boolean> {
  const client = createClient(url, adminToken, mask);
  const { revoked, left, problem } = await revokeKeys(client, namePrefix, issued, startedAt);
  say(`${revoked} keys of this run were still active and are revoked.`);
  if (!problem) return true;
  complain(
    `Keys whose names begin with ${namePrefix} may still be active: ${problem}.\n` +
      'List the active keys, and revoke those with such a name.',
  );
  if (left.length > 0) complain(`Known are:\n${left.join('\n')}`);
  return false;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  complain((error as Error).message);
  if (error instanceof UsageError) complain(`\n${HELP}`);
  process.exitCode = 2;
}
