import type { Environment } from '../environment.ts';
import type { Bench } from '../setup.ts';
import { measureColdStarts } from './cold-starts.ts';
import { measureGrowth } from './growth.ts';
import { measureHttp } from './http.ts';
import { measureLeases } from './leases.ts';
import { measureLoad } from './load.ts';
import { measureMemory } from './memory.ts';
import { measureOperations } from './operations.ts';
import { measureRevocation } from './revocation.ts';
import { measureSdkRatio } from './sdk-ratio.ts';

export type Results = Awaited<ReturnType<typeof measureAll>>;

/** Runs the measurements one after another, so that none disturbs the others. */
export async function measureAll(bench: Bench, environment: Environment) {
  return {
    environment,
    coldStart: await measureColdStarts(bench),
    operations: await measureOperations(bench),
    sdkRatio: await measureSdkRatio(bench),
    growth: await measureGrowth(bench),
    load: await measureLoad(bench),
    revocation: await measureRevocation(bench),
    leases: await measureLeases(bench),
    http: await measureHttp(bench),
    memory: await measureMemory(bench),
  };
}
