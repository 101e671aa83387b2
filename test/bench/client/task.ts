/** How an application checks keys; `calls`: by a call of the service for each request. */
export type Check = 'none' | 'calls' | 'leases';

/** Starts an application that serves requests to whoever has a key. */
export interface AppTask {
  readonly kind: 'app';
  /** The base URL of the API-key service. */
  readonly url: string;
  readonly check: Check;
}

/** Validates a key at an even rate. */
export interface RateTask {
  readonly kind: 'rate';
  readonly url: string;
  readonly key: string;
  readonly perSecond: number;
  /** Seconds before those that are measured. */
  readonly warmUp: number;
  readonly seconds: number;
}

/** Validates a key from a lease many times. */
export interface LocalTask {
  readonly kind: 'local';
  readonly key: string;
}

export type ClientTask = AppTask | RateTask | LocalTask;

/** What happened between the first uses of the first and the last answer of the service. */
export interface MeasuredRate {
  readonly requests: number;
  readonly calls: number;
  /** Requests that the service counted against the hourly limit. */
  readonly counted: number;
}

export interface MeasuredLocal {
  /** CPU time of a validation. */
  readonly cpuMicroseconds: number;
}
