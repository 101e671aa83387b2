/** What the requests of an attack cost at most, in requests to a dependency. */
export interface Bound {
  /** For each request of the attack. */
  readonly each?: number;
  /**
   * For each process and time, however many requests there are. `unshared`: each request that it
   * serves at the same time may begin the calls, before the first has ended.
   */
  readonly within?: {
    readonly calls: number;
    readonly seconds: number;
    readonly unshared?: true;
  };
}

export const NONE: Bound = {};
export const ONE_EACH: Bound = { each: 1 };

export const REPORT = {
  service_id: 'prediction',
  endpoint: '/v1/predict',
  status_code: 200,
  response_time_ms: 1,
  predictions_count: 1,
};

export interface Key {
  readonly api_key: string;
  readonly key_id: string;
}

export interface Attempt {
  readonly method: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

/** The calls of an administrator with which an attack is prepared. */
export interface Target {
  call(method: string, path: string, options?: { body?: object }): Promise<unknown>;
  create(fields?: object): Promise<Key>;
  validate(apiKey: string): Promise<unknown>;
}

/** Requests that cost the deployment something and their sender nothing. */
export interface Attack {
  /** The name on the command line. */
  readonly id: string;
  /** What is sent, as docs/abuse.md says it. */
  readonly sent: string;
  /** The status of each answer. */
  readonly status: number;
  readonly dynamodb: Bound;
  readonly secrets: Bound;
  /** Makes what the attack needs, with the process knowing it; returns its `i`th request. */
  readonly prepare: (target: Target) => Promise<(i: number) => Attempt>;
}

/**
 * Returns the most requests to a dependency in a time, by a process that has this bound.
 * @param connections requests that it serves at the same time; a function instance serves one
 */
export function callsIn(
  { each = 0, within }: Bound,
  requests: number,
  seconds: number,
  connections: number,
): number {
  if (!within) return each * requests;
  // A time that is no multiple of the window, or begins inside one, touches one window more.
  const windows = Math.ceil(seconds / within.seconds) + 1;
  return each * requests + windows * within.calls * (within.unshared ? connections : 1);
}
