import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inParallel } from '../../infra/in-parallel.ts';
import { check, type Violation } from './check.ts';
import { createFaultPlan } from './fault-plan.ts';
import { readFinalState } from './final-state.ts';
import type { History, Validation } from './history.ts';
import { type Processes, startProcesses } from './processes.ts';
import { createRandom, type Random } from './random.ts';
import { createWorkload, type Workload } from './workload.ts';

const PROCESSES = 2;
const CLIENTS = 24;
/** The processes of the service are killed after about this many operations, one at a time. */
const OPERATIONS_PER_KILL = 1500;
/** The share of the database among what is killed. */
const DATABASE_SHARE = 0.3;

/** A short lease and few rounds: the run waits for them, and shows nothing about their length. */
const ENVIRONMENT = { DATA_DIR: ':memory:', BCRYPT_ROUNDS: '4', LEASE_MS: '1000', DOCS: 'false' };

export interface Outcome {
  readonly seed: number;
  readonly operations: number;
  /** Validations that a client answered from a lease, without the service. */
  readonly local: number;
  /** The faults by name, and the kills of the service and of the database. */
  readonly faults: Readonly<Record<string, number>>;
  /** Requests without an answer, or with 503. */
  readonly open: number;
  readonly slowestMs: number;
  readonly violations: readonly Violation[];
}

/**
 * Runs random operations on a service of several processes while faults happen, and checks the
 * history of answers. The seed repeats the choices of each client and of the faults, but not how the
 * operating system interleaves the processes.
 * @param progress is told the number of operations done
 */
export async function run(
  seed: number,
  operations: number,
  progress: (done: number) => void,
): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'chaos-'));
  const adminToken = randomBytes(24).toString('base64url');
  const faults: Record<string, number> = {};
  const processes = await startProcesses(
    PROCESSES,
    { ...ENVIRONMENT, ADMIN_TOKEN: adminToken },
    folder,
  );
  const workload = createWorkload(processes.urls, adminToken);
  try {
    processes.database.choose = createFaultPlan(createRandom(seed * 1000 + 998), faults);
    processes.secrets.choose = createFaultPlan(createRandom(seed * 1000 + 999), faults);
    await operate(workload, processes, seed, operations, faults, progress);
    processes.database.choose = undefined;
    processes.secrets.choose = undefined;
    const last = await validateAll(workload, processes);
    const [url = ''] = processes.urls;
    const state = await readFinalState(url, adminToken, processes.database.target);
    const { events } = workload;
    const { downtimes, databaseKills } = processes;
    const history: History = { events, downtimes, databaseKills, last, ...state };
    const violations = check(history);
    if (violations.length === 0) rmSync(folder, { recursive: true });
    return {
      seed,
      operations: events.length,
      local: workload.local(),
      faults,
      open: events.filter((event) => event.status === undefined || event.status === 503).length,
      slowestMs: Math.max(...events.map(({ from, to }) => to - from)),
      violations,
    };
  } finally {
    await workload.stop();
    await processes.stop();
  }
}

/** Lets the clients work until so many operations are done, and kills processes meanwhile. */
async function operate(
  workload: Workload,
  processes: Processes,
  seed: number,
  operations: number,
  faults: Record<string, number>,
  progress: (done: number) => void,
): Promise<void> {
  const clients = Array.from({ length: CLIENTS }, (_, i) => createRandom(seed * 1000 + i));
  const ofKills = createRandom(seed * 1000 + CLIENTS);
  let nextKill = Math.min(operations, OPERATIONS_PER_KILL) / 3;
  let killing: Promise<void> | undefined;
  await inParallel(CLIENTS, clients, async (random) => {
    while (workload.events.length < operations) {
      await workload.operate(random, processes.running());
      const done = workload.events.length;
      progress(done);
      // The proxies keep what they have seen, which nobody asks for here.
      for (const { actions, inputs } of [processes.database, processes.secrets]) {
        actions.length = 0;
        inputs.length = 0;
      }
      if (done < nextKill || killing) continue;
      nextKill = done + OPERATIONS_PER_KILL * (0.5 + ofKills.below(100) / 100);
      killing = killOne(ofKills, processes, faults).finally(() => {
        killing = undefined;
      });
    }
  });
  await killing;
}

async function killOne(random: Random, processes: Processes, faults: Record<string, number>) {
  const name = random.chance(DATABASE_SHARE) ? 'kill of the database' : 'kill of the service';
  faults[name] = (faults[name] ?? 0) + 1;
  if (name === 'kill of the database') await processes.killDatabase();
  else await processes.killService(random.below(PROCESSES));
}

/** Validates each key once more, which must be answered now. */
async function validateAll(workload: Workload, { urls }: Processes): Promise<Validation[]> {
  const validations: Validation[] = [];
  await inParallel(CLIENTS, workload.known.values(), async (key) => {
    validations.push(await workload.validate(validations.length % urls.length, key));
  });
  return validations;
}
