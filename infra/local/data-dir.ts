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

/** An earlier run that was killed leaves its database a moment to notice. */
const WAIT_MS = 5_000;
const POLL_MS = 100;

/**
 * Makes the data folder, if it isn't there.
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
 * Takes the data folder's database for this process alone.
 * @returns a function that gives it back
 * @throws SetupError when another run holds it
 */
export async function lockDataDir(dataDir: string): Promise<() => void> {
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
  writeFileSync(lock, identityOf(process.pid) ?? '');
  return () => rmSync(lock, { force: true });
}

/** Node's own `recursive` never returns where a file system such as /proc refuses the folder. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path, { mode: 0o700 });
}

/** The process that holds the lock, if it still lives. */
function holderOf(lock: string): string | undefined {
  const identity = existsSync(lock) ? readFileSync(lock, 'utf8') : '';
  const [pid = ''] = identity.split(' ');
  return identity !== '' && identityOf(pid) === identity ? pid : undefined;
}

/** A process by its number and its start (proc(5), field 22 of stat): in a container each run may have the same number. */
function identityOf(pid: number | string): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fieldsFromThird = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return `${pid} ${fieldsFromThird[19]}`;
  } catch {
    return undefined;
  }
}
