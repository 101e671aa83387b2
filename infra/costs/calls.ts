import type { FunctionName } from '../../lib/routes.ts';
import type { Deployed } from './deployed.ts';
import { accessLogBytes, type LogBytes, platformLogBytes } from './log-bytes.ts';
import { type Measurements, operation } from './measurements.ts';
import { dollarsFor, PRICES } from './prices.ts';

/** Assumed, for each request: the benchmark's database is on the same machine. */
const DYNAMODB_MS = 5;
/** X-Ray's default rule: https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html */
const SAMPLED = 0.05;
/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
const MB_OF_A_PROCESSOR = 1769;
const BYTES_OF_A_GB = 1_000_000_000;
/** Usage reports in a full batch of `count-usage`. */
const BATCH = 1000;

/** What one call of a route takes. */
export interface Call {
  readonly function: FunctionName;
  readonly routeKey: string;
  readonly cpuMs: number;
  /** DynamoDB requests that the call waits for. */
  readonly requests: number;
  readonly reads: number;
  readonly writes: number;
  readonly logBytes: number;
}

export interface Cost {
  readonly item: string;
  readonly amount: string;
  readonly dollars: number;
}

/** Returns a validation that is answered without a lease, and one that is granted one. */
export function validation(measured: Measurements, { validation, leased }: LogBytes) {
  const of = (logBytes: number): Call => ({
    ...operation(measured, 'validate warm'),
    function: 'validate-key',
    routeKey: 'POST /api/v1/keys/validate',
    cpuMs: measured.warmCpuMs,
    logBytes,
  });
  return { plain: of(validation), leased: of(leased) };
}

/**
 * Returns a usage report with its share of the batch that counts it.
 * @param keys the number of keys that the reports of a batch belong to
 */
export function usageReport(
  measured: Measurements,
  logs: LogBytes,
  keys: '1 key' | '100 keys',
): Call {
  const report = operation(measured, 'record usage');
  const batch = operation(measured, `count 1,000 entries of ${keys}`);
  return {
    function: 'record-usage',
    routeKey: 'POST /api/v1/usage/{key_id}',
    requests: report.requests,
    reads: report.reads + batch.reads / BATCH,
    writes: report.writes + batch.writes / BATCH,
    // Both operations were measured alike, in a process that had made few calls.
    cpuMs: (measured.warmCpuMs * report.cpuMs) / operation(measured, 'validate warm').cpuMs,
    logBytes: logs.report,
  };
}

/** Returns what Lambda bills for a call, in milliseconds: whole ones. */
export function billedMs(
  { requests, cpuMs }: Pick<Call, 'requests' | 'cpuMs'>,
  memoryMb: number,
): number {
  const processors = Math.min(1, memoryMb / MB_OF_A_PROCESSOR);
  return Math.ceil(requests * DYNAMODB_MS + cpuMs / processors);
}

/** Returns the costs of a number of calls within a month. */
export function costsOf(
  calls: number,
  call: Call,
  deployed: Pick<Deployed, 'memoryMb' | 'platformLogs' | 'accessLog' | 'tracing'>,
): Cost[] {
  const memoryMb = deployed.memoryMb(call.function);
  const ms = billedMs(call, memoryMb);
  const gb = memoryMb / 1024;
  const logBytes = call.logBytes + (deployed.platformLogs ? platformLogBytes(memoryMb) : 0);
  const accessBytes = deployed.accessLog ? accessLogBytes(deployed.accessLog, call.routeKey) : 0;
  const gbOf = (bytes: number) => (calls * bytes) / BYTES_OF_A_GB;
  const costs: [boolean, string, string, number][] = [
    [true, 'HTTP API', 'a request', dollarsFor(calls, PRICES.httpApiRequest)],
    [true, 'Lambda requests', 'a request', dollarsFor(calls, PRICES.lambdaRequest)],
    [
      true,
      'Lambda duration',
      `${ms} ms × ${gb} GB`,
      dollarsFor((calls * ms * gb) / 1000, PRICES.lambdaGbSecond),
    ],
    [
      true,
      'DynamoDB writes',
      units(call.writes, 'write'),
      dollarsFor(calls * call.writes, PRICES.writeUnit),
    ],
    [
      call.reads > 0,
      'DynamoDB reads',
      units(call.reads, 'read'),
      dollarsFor(calls * call.reads, PRICES.readUnit),
    ],
    [true, 'Log of the function', `${logBytes} bytes`, dollarsFor(gbOf(logBytes), PRICES.logGb)],
    [
      deployed.accessLog !== undefined,
      'Access log',
      `${accessBytes} bytes`,
      dollarsFor(gbOf(accessBytes), PRICES.infrequentLogGb),
    ],
    [
      deployed.tracing,
      'X-Ray',
      `${SAMPLED * 100} % traced`,
      dollarsFor(calls * SAMPLED, PRICES.trace),
    ],
  ];
  return costs.flatMap(([applies, item, amount, dollars]) =>
    applies ? [{ item, amount, dollars }] : [],
  );
}

export const total = (costs: readonly Cost[]) =>
  costs.reduce((sum, { dollars }) => sum + dollars, 0);

function units(value: number, kind: string): string {
  return `${Number(value.toFixed(3))} ${kind} ${value === 1 ? 'unit' : 'units'}`;
}
