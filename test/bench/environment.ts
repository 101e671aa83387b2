import { execFileSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';

/** Identifies the code and the machine that a run measured. */
export interface Environment {
  readonly date: string;
  readonly commit: string;
  readonly node: string;
  readonly machine: string;
}

export function readEnvironment(now: Date): Environment {
  const memory = Math.round(totalmem() / 2 ** 30);
  return {
    date: now.toISOString().slice(0, 10),
    commit: readCommit(),
    node: process.versions.node,
    machine: `${cpus().length} × ${cpus()[0]?.model.trim()}, ${memory} GB`,
  };
}

/** Returns the short hash of the commit, with `-dirty` when files differ from it. */
function readCommit(): string {
  const args = ['describe', '--always', '--dirty', '--exclude=*'];
  try {
    return execFileSync('git', args, { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    // The sources may have been downloaded without their Git history.
    return 'unknown';
  }
}
