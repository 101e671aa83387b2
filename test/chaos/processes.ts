import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Database, freePort, startDynamoDb } from '../../infra/local/dynamodb.ts';
import { startSecretsManager } from '../../infra/local/secrets-manager.ts';
import { buildPrograms, programOf } from '../support/programs.ts';
import { type FaultProxy, startProxy } from '../support/proxy.ts';
import type { Downtime } from './history.ts';

/** The time in which a process of the service is ready, on a busy machine. */
const START_MS = 60_000;
const POLL_MS = 20;

export interface Processes {
  /** The addresses of the service's processes, which stay the same when one is started again. */
  readonly urls: readonly string[];
  readonly database: FaultProxy;
  readonly secrets: FaultProxy;
  readonly downtimes: readonly Downtime[];
  /** When the database was killed. */
  readonly databaseKills: readonly number[];
  /** Returns the processes of the service that have not been killed, by their place in `urls`. */
  running(): number[];
  /** Kills a process of the service as `kill -9` does, and starts it again. */
  killService(process: number): Promise<void>;
  /** Kills the database as `kill -9` does, and starts it again with the data that it had stored. */
  killDatabase(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts processes of the service on one database and one Secrets Manager, behind proxies that cause
 * faults. The database locks the items of a transaction, as DynamoDB does.
 * @param folder for the data and the logs
 */
export async function startProcesses(
  count: number,
  env: Readonly<Record<string, string>>,
  folder: string,
): Promise<Processes> {
  const file = join(folder, 'dynamodb.sqlite');
  await buildPrograms(join(folder, 'programs'));
  let dynamodb: Database = await startDynamoDb(file);
  const manager = await startSecretsManager(join(folder, 'secrets.json'));
  const database = await startProxy(dynamodb.url);
  database.mode = 'lock';
  const secrets = await startProxy(manager.url);
  const ports = await Promise.all(Array.from({ length: count }, freePort));
  const urls = ports.map((port) => `http://127.0.0.1:${port}`);
  const downtimes: Downtime[] = [];
  const databaseKills: number[] = [];
  const children: ChildProcess[] = [];
  let isStopping = false;

  const isDown = (process: number) =>
    downtimes.some((downtime) => downtime.process === process && downtime.to === Infinity);

  async function launch(process: number): Promise<void> {
    const log = openSync(join(folder, `service-${process}.log`), 'a');
    const endsAt = Date.now() + START_MS;
    // A fault of Secrets Manager may end it at its start.
    while (!isStopping) {
      const child = spawn(globalThis.process.execPath, [programOf('infra/local/main.ts')], {
        env: {
          ...globalThis.process.env,
          ...env,
          PORT: ports[process],
          AWS_ENDPOINT_URL_DYNAMODB: database.url,
          AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
        },
        stdio: ['ignore', log, log],
      });
      children[process] = child;
      while (child.exitCode === null && child.signalCode === null) {
        if (await isHealthy(urls[process] ?? '')) return;
        if (Date.now() > endsAt) throw new Error(`The service does not start; see ${folder}.`);
        await delay(POLL_MS);
      }
    }
  }

  const killAll = () => {
    for (const child of children) child.kill('SIGKILL');
  };
  // A run that is interrupted leaves no service.
  globalThis.process.on('exit', killAll);
  await Promise.all(ports.map((_, process) => launch(process)));
  return {
    urls,
    database,
    secrets,
    downtimes,
    databaseKills,
    running: () => [...urls.keys()].filter((process) => !isDown(process)),
    async killService(process) {
      const downtime = { process, from: now(), to: Infinity };
      downtimes.push(downtime);
      await kill(children[process]);
      await launch(process);
      downtime.to = now();
    },
    async killDatabase() {
      databaseKills.push(now());
      dynamodb.kill();
      await dynamodb.ended;
      dynamodb = await startDynamoDb(file);
      database.target = dynamodb.url;
    },
    async stop() {
      isStopping = true;
      await Promise.all(children.map(kill));
      globalThis.process.off('exit', killAll);
      database.stop();
      secrets.stop();
      await Promise.all([dynamodb.stop(), manager.stop()]);
    },
  };
}

/** Returns the time in milliseconds since the epoch, by a monotonic clock. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

async function kill(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health`, { signal: AbortSignal.timeout(1000) })).ok;
  } catch {
    return false;
  }
}
