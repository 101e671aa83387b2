import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { createSecrets, createTables } from '../../infra/local/provision.ts';
import {
  buildFunctions,
  DEFAULT_VARIABLES,
  FUNCTIONS,
  LAST_RELEASE,
  type ReleaseFiles,
  unpack,
} from '../../infra/release-archive.ts';
import { HOUR_MS } from '../../lib/domain/time.ts';
import { captureOutput } from './captured.ts';
import { cleanUp } from './clean-up.ts';
import { ADMIN_TOKEN, type Client, createClient } from './client.ts';
import { programOf } from './programs.ts';
import { startLockingDatabase } from './server.ts';
import { startSns } from './sns.ts';

/** A release that runs in a process of its own. */
export interface Release extends Client {
  readonly name: 'previous' | 'current';
  readonly url: string;
  readonly functions: ReadonlySet<string>;
  /** Calls a function that has no route. */
  // biome-ignore lint/suspicious/noExplicitAny: what a function returns is for the test to assert
  invoke(name: string, event: object): Promise<any>;
}

export type Releases = Readonly<Record<Release['name'], Release>>;

/** The archive of the last release. */
export const lastRelease = unpack(readFileSync(LAST_RELEASE));

/** The clock of both is set to the middle of an hour, so that no test crosses the end of one. */
const clockAheadMs = HOUR_MS / 2 - (Date.now() % HOUR_MS);

/** Returns the time of both releases. */
export const releaseTime = () => new Date(Date.now() + clockAheadMs);

/**
 * Starts the last release and the working tree on the same tables and secrets. The working tree has
 * made these, as a deployment updates them before it shifts the first request.
 */
export async function startReleases() {
  await startLockingDatabase();
  const sns = await startSns();
  cleanUp(() => sns.stop());
  await Promise.all([createTables(), createSecrets(ADMIN_TOKEN)]);
  const env = {
    ...process.env,
    ALERTS_TOPIC: 'alerts',
    DUE_KEYS_TOPIC: 'alerts',
    AWS_ENDPOINT_URL_SNS: sns.url,
    // Short, because changes of leased keys wait for it.
    LEASE_MS: '500',
  };
  const defaults = JSON.parse(lastRelease[DEFAULT_VARIABLES] ?? '');
  const [previous, current] = await Promise.all([
    start('previous', lastRelease, { ...defaults, ...env }),
    start('current', { [FUNCTIONS]: await buildFunctions() }, env),
  ]);
  return { previous, current, notices: sns.notices };
}

async function start(
  name: Release['name'],
  files: ReleaseFiles,
  env: NodeJS.ProcessEnv,
): Promise<Release> {
  const file = join(extract({ [FUNCTIONS]: files[FUNCTIONS] ?? '' }), FUNCTIONS);
  const child = fork(programOf('test/support/release-process.ts'), [file, String(clockAheadMs)], {
    env,
    // Keeps the times and binary values of a stream's records.
    serialization: 'advanced',
    silent: true,
  });
  const closed = once(child, 'close');
  cleanUp(async () => {
    child.kill();
    await closed;
  });
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface(stream).on('line', (line) => captureOutput('log line', line));
  }
  const [{ url, functions }] = await once(child, 'message');
  let calls = 0;
  const invoke = (called: string, event: object) =>
    new Promise((fulfil, reject) => {
      const id = calls++;
      const hear = (message: { id: number; result?: unknown; error?: string }) => {
        if (message.id !== id) return;
        child.off('message', hear);
        if (message.error === undefined) fulfil(message.result);
        else reject(new Error(message.error));
      };
      child.on('message', hear);
      child.send({ id, name: called, event });
    });
  // Only the working tree's answers must be those of openapi.json.
  const client = name === 'current' ? createClient(url) : createClient(url, () => undefined);
  return { ...client, name, url, functions: new Set(functions), invoke };
}

/** Writes files into a new folder, with the packages of the working tree, and returns its path. */
export function extract(files: ReleaseFiles): string {
  const folder = mkdtempSync(join(tmpdir(), 'release-'));
  cleanUp(() => rmSync(folder, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  return folder;
}
