import type { OperationName } from './operations.ts';

/** Calls an operation `count` times and measures the calls. */
export interface RunTask {
  readonly kind: 'run';
  /** `sdk-only` sends `input` with the DynamoDB client alone. */
  readonly operation: OperationName | 'sdk-only';
  readonly count: number;
  /** Number of the first call, when another process has made the calls before it. */
  readonly first?: number;
  readonly concurrency?: number;
  /** Starts calls at this even rate without waiting for responses, and accepts any status. */
  readonly perSecond?: number;
  /** Number of the key, for operations that use one key for all calls. */
  readonly key?: number;
  readonly input?: object;
}

/** Starts the local gateway in front of the bundles. */
export interface ServeTask {
  readonly kind: 'serve';
}

/** Starts the locking proxy in front of the DynamoDB at `target`. */
export interface LockingProxyTask {
  readonly kind: 'locking-proxy';
  readonly target: string;
}

export type Task = RunTask | ServeTask | LockingProxyTask;

export interface Measured {
  /** Duration of each call in milliseconds. */
  readonly walls: readonly number[];
  readonly elapsedMs: number;
  /** CPU time of all calls together. */
  readonly cpuMs: number;
  readonly rssMb: number;
  /** Number of responses by status. */
  readonly statuses: Readonly<Record<string, number>>;
}

export interface Started {
  readonly url: string;
}
