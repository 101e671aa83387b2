import { readFileSync } from 'node:fs';

export const MEASUREMENTS_FILE = 'docs/benchmarks.json';

/** What the costs need of the benchmark's results, which `npm run bench -- --write` stores. */
export interface Measurements {
  readonly environment: { readonly date: string; readonly commit: string };
  readonly operations: readonly Operation[];
  /** Processor time of a validation in a process that has made thousands. */
  readonly warmCpuMs: number;
  readonly leases: readonly { readonly perSecond: number; readonly requestsPerCall: number }[];
}

interface Operation {
  readonly name: string;
  readonly cpuMs: number;
  /** DynamoDB requests, read units and write units of a call. */
  readonly requests: number;
  readonly reads: number;
  readonly writes: number;
}

export function readMeasurements(): Measurements {
  // The cast trusts the benchmark, which writes the file.
  return JSON.parse(readFileSync(MEASUREMENTS_FILE, 'utf8')) as Measurements;
}

/** @throws Error if the benchmark has no such operation */
export function operation({ operations }: Measurements, name: string): Operation {
  const found = operations.find((one) => one.name === name);
  if (!found) throw new Error(`${MEASUREMENTS_FILE} has no operation "${name}"`);
  return found;
}
