import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SetupError } from './settings.ts';

/** The database of a run that was killed needs a moment to notice that and end. */
const WAIT_MS = 5_000;
const POLL_MS = 100;

/**
 * Creates the data folder if it doesn't exist.
 * @throws SetupError when it can't be written
 */
export function makeDataDir(dataDir: string): void {
  try {
    makeFolder(resolve(dataDir));
    accessSync(dataDir, constants.W_OK);
  } catch {
    throw new SetupError(
      `The data folder ${dataDir} can't be written; set DATA_DIR to one that can.`,
    );
  }
}

/**
 * Locks the data folder's database for this process. Ignores a lock that a killed process left
 * behind. Relies on /proc: prints a warning instead where there is none, and doesn't see a process
 * in another container.
 * @returns a function that removes the lock
 * @throws SetupError when another process holds the lock
 */
export async function lockDataDir(dataDir: string): Promise<() => void> {
  const identity = identityOf(process.pid);
  if (identity === undefined) {
    console.warn(`The data folder ${dataDir} can't be locked here: do not start it twice.`);
    return () => undefined;
  }
  const lock = join(dataDir, 'lock');
  for (let waited = 0; ; waited += POLL_MS) {
    const holder = holderOf(lock);
    if (holder === undefined) break;
    if (waited >= WAIT_MS) {
      throw new SetupError(
        `The data folder ${dataDir} is in use by process ${holder}; stop that, or set DATA_DIR to another folder.`,
      );
    }
    await delay(POLL_MS);
  }
  writeFileSync(lock, identity);
  return () => rmSync(lock, { force: true });
}

/** Creates a folder and its parents. `mkdirSync` with `recursive` never returns below /proc. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path, { mode: 0o700 });
}

/** Returns the id of the process that holds the lock, or undefined when it has ended. */
function holderOf(lock: string): string | undefined {
  const identity = existsSync(lock) ? readFileSync(lock, 'utf8') : '';
  const [pid = ''] = identity.split(' ');
  return identity !== '' && identityOf(pid) === identity ? pid : undefined;
}

/**
 * Identifies a process by its id and its start time (proc(5), field 22 of stat), because in a
 * container every run may have the same id. Returns undefined when there is no such process.
 */
function identityOf(pid: number | string): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fieldsFromThird = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return `${pid} ${fieldsFromThird[19]}`;
  } catch {
    return undefined;
  }
}
