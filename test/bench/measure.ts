import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import autocannon from 'autocannon';
import { hourWindow } from '../../lib/domain/limits.ts';
import type { Pepper } from '../../lib/domain/verifiers.ts';
import { functionNames } from '../../lib/routes.ts';
import { startCapacityCounter } from './capacity.ts';
import { keyNumber } from './keys.ts';
import { type Operation, type OperationName, operations } from './operations.ts';
import { loadTime, type Worker } from './processes.ts';
import type { Progress } from './progress.ts';
import { median, quantile, round } from './statistics.ts';
import { SLOW_KEYS } from './tables.ts';

export interface Bench {
  /** How many keys there are tables of, the fewest first. */
  readonly sizes: readonly number[];
  readonly large: boolean;
  /** How many reports a second a key is to take while it is validated. */
  readonly reportsPerSecond: number;
  /** Where the bundles are. */
  readonly folder: string;
  readonly databaseUrl: string;
  readonly adminToken: string;
  readonly pepper: Pepper;
  /** Starts a process on the tables of that many keys. */
  readonly start: (size: number, env?: Record<string, string>) => Promise<Worker>;
  readonly progress: Progress;
}

const NAMES = Object.keys(operations) as OperationName[];
const PER_OPERATION = 1000;
const COUNTED = 10;
const ROUNDS = 15;
const LOADS = 11;

/** What loading a bundle and a first validation take in a fresh process. */
export async function measureColdStarts({ folder, sizes, start, progress }: Bench) {
  const files = ['bare', ...functionNames] as const;
  const times: Record<string, number[]> = Object.fromEntries(files.map((name) => [name, []]));
  for (let i = 0; i < LOADS; i++) {
    for (const name of files) times[name]?.push(await loadTime(`${folder}/${name}/index.mjs`));
    progress('loading every bundle in fresh processes', (i + 1) / LOADS);
  }
  const first: number[] = [];
  for (let i = 0; i < LOADS; i++) {
    const worker = await start(Math.max(...sizes));
    const { walls } = await worker.do({ run: 'validate cold', count: 1 });
    first.push(walls[0] ?? Number.NaN);
    progress('validating in fresh processes', (i + 1) / LOADS);
  }
  const bare = median(times.bare ?? []);
  return {
    firstValidationMs: round(median(first)),
    bundles: files.map((name) => ({
      name,
      kb: round(staticSize(`${folder}/${name}`, 'index.mjs') / 1024, 0),
      loadMs: round(median(times[name] ?? []), 1),
      ratio: round(median(times[name] ?? []) / bare),
    })),
  };
}

/** The bytes of a module and of all that is loaded with it. */
function staticSize(folder: string, file: string, seen = new Set<string>()): number {
  if (seen.has(file)) return 0;
  seen.add(file);
  const source = readFileSync(join(folder, file), 'utf8');
  const imported = [...source.matchAll(/(?:from|import)"\.\/([\w-]+\.mjs)"/g)];
  return imported.reduce(
    (total, [, name = '']) => total + staticSize(folder, name, seen),
    Buffer.byteLength(source),
  );
}

/** Every operation by itself. */
export async function measureOperations({ databaseUrl, start, progress }: Bench) {
  const capacity = await startCapacityCounter(databaseUrl);
  const direct = await start(1_000);
  const counted = await start(1_000, { AWS_ENDPOINT_URL_DYNAMODB: capacity.url });
  const rows = [];
  for (const run of NAMES) {
    const { slow }: Operation = operations[run];
    const count = slow ?? (run === 'validate cold' ? 300 : PER_OPERATION);
    await counted.do({ run, count: 1, first: SLOW_KEYS });
    capacity.take();
    await counted.do({ run, count: slow ? 3 : COUNTED });
    const { requests, reads, writes } = capacity.take();
    const per = (n: number) => round(n / (slow ? 3 : COUNTED));
    if (!slow && run !== 'validate cold') await direct.do({ run, count: 300 });
    const alone = await direct.do({ run, count });
    // bcrypt keeps the processor to itself: 16 callers of one process only wait for each other.
    const together = slow ? undefined : await direct.do({ run, count, concurrency: 16 });
    rows.push({
      name: run,
      medianMs: round(median(alone.walls)),
      p99Ms: round(quantile(alone.walls, 0.99)),
      cpuMs: round(alone.cpuMs / count),
      requests: per(requests),
      reads: per(reads),
      writes: per(writes),
      perSecond1: round((count / alone.elapsedMs) * 1000, 0),
      perSecond16: together ? round((count / together.elapsedMs) * 1000, 0) : '–',
    });
    progress('measuring every operation', rows.length / NAMES.length);
  }
  capacity.stop();
  return rows;
}

/** Turn by turn, so that whatever else the machine does hits both; each in a process that does nothing else. */
export async function measureFloor({ start, progress }: Bench) {
  const [ours, theirs] = [await start(1_000), await start(1_000)];
  const input: UpdateItemCommandInput = {
    TableName: 'keys-1000',
    Key: { key_id: { S: keyNumber(0).keyId } },
    UpdateExpression: 'SET last_used_at = :now ADD #hour :one',
    ConditionExpression: 'version = :version AND (attribute_not_exists(#hour) OR #hour < :limit)',
    ExpressionAttributeNames: { '#hour': hourWindow(new Date()).counter },
    ExpressionAttributeValues: {
      ':now': { S: new Date().toISOString() },
      ':one': { N: '1' },
      ':version': { N: '1' },
      ':limit': { N: '10000000' },
    },
    ReturnValues: 'UPDATED_NEW',
  };
  const cpu: Record<'warm' | 'bare', number[]> = { warm: [], bare: [] };
  const turn = async (count: number) => {
    const bare = await theirs.do({ run: 'bare', input, count });
    const warm = await ours.do({ run: 'validate warm', count });
    return { bare: bare.cpuMs / count, warm: warm.cpuMs / count };
  };
  await turn(2000);
  for (let i = 0; i < ROUNDS; i++) {
    const { bare, warm } = await turn(400);
    cpu.bare.push(bare);
    cpu.warm.push(warm);
    progress('a warm validation against the SDK alone', (i + 1) / ROUNDS);
  }
  return {
    bareCpuMs: round(median(cpu.bare), 3),
    warmCpuMs: round(median(cpu.warm), 3),
    cpuRatio: round(median(cpu.warm.map((warm, i) => warm / (cpu.bare[i] ?? Number.NaN)))),
  };
}

/** The same with few keys and with many, turn by turn. */
export async function measureGrowth({ sizes, start, progress }: Bench) {
  const runs = ['validate warm', 'validate cold', 'list page of 100'] as const;
  const bySize = await Promise.all(
    sizes.map(async (size) => ({ size, worker: await start(size) })),
  );
  const walls = new Map<string, number[]>();
  for (let i = 0; i <= ROUNDS; i++) {
    for (const run of runs) {
      for (const { size, worker } of bySize) {
        const measured = await worker.do({ run, count: 50 });
        // The first turn warms up.
        const before = walls.get(`${run} ${size}`) ?? [];
        if (i > 0) walls.set(`${run} ${size}`, [...before, ...measured.walls]);
      }
    }
    progress('with few keys and with many', i / ROUNDS);
  }
  return runs.map((name) => {
    const medians = sizes.map((size) => median(walls.get(`${name} ${size}`) ?? []));
    return {
      name,
      sizes: sizes,
      mediansMs: medians.map((value) => round(value)),
      ratios: medians.map((value) => round(value / (medians[0] ?? Number.NaN))),
    };
  });
}

export async function measureHttp({ start, progress }: Bench) {
  const worker = await start(1_000);
  const { url = '' } = await worker.do({ serve: true });
  progress('validating over HTTP', 0);
  const result = await autocannon({
    url: `${url}/api/v1/keys/validate`,
    method: 'POST',
    headers: { 'x-api-key': keyNumber(1).text, 'content-type': 'application/json' },
    body: JSON.stringify({ client_ip: '192.0.2.1' }),
    connections: 16,
    duration: 5,
  });
  progress('validating over HTTP', 1);
  return {
    perSecond: result.requests.average,
    medianMs: result.latency.p50,
    p99Ms: result.latency.p99,
    not2xx: result.non2xx,
  };
}

/** Many keys once each: what is remembered of them must come to an end. */
export async function measureMemory({ sizes, large, start, progress }: Bench) {
  const worker = await start(Math.max(...sizes));
  const rssMb: Record<number, number> = {};
  const step = 5000;
  const count = large ? Math.max(...sizes) : 30_000;
  for (let validated = step; validated <= count; validated += step) {
    const measured = await worker.do({ run: 'validate cold', count: step, concurrency: 16 });
    rssMb[validated] = round(measured.rssMb, 0);
    progress('validating many keys', validated / count);
  }
  return rssMb;
}
