/** The limits of a stage, in calls or write units per second unless stated otherwise. */
export interface Limits {
  /** API Gateway's throttle of the route: a token bucket. */
  readonly stageRate: number;
  readonly stageBurst: number;
  /** API Gateway's quota of the account and region: another one. */
  readonly accountRate: number;
  readonly accountBurst: number;
  /** Concurrent executions that are left for the function. */
  readonly executions: number;
  /** Executions that Lambda adds to a function in a second, after the first thousand at once. */
  readonly executionsPerSecond: number;
  /** Calls per second that one execution environment takes at most, however short they are. */
  readonly callsPerExecution: number;
  /** Write units of the table, and of one partition, which an item is in. */
  readonly tableWrites: number;
  readonly partitionWrites: number;
}

/** In the order in which a request meets them. */
export const LIMITS = [
  'stageThrottle',
  'accountThrottle',
  'executions',
  'table',
  'partition',
] as const;
export type Limit = (typeof LIMITS)[number];

/** Validations of a steady rate, each of which writes one unit. */
export interface Load {
  readonly perSecond: number;
  readonly seconds: number;
  /** The keys that they are spread over evenly. */
  readonly keys: number;
  /** Requests that a call of the service answers: more than one with leases. */
  readonly requestsPerCall: number;
  /** For how long a call occupies an execution environment. */
  readonly callMs: number;
}

export interface Outcome {
  readonly offered: number;
  readonly accepted: number;
  readonly refused: Readonly<Record<Limit, number>>;
  /** The limit that refuses most at the end, when bursts are used up; undefined: none does. */
  readonly met: Limit | undefined;
  /** The most executions at the same time. */
  readonly executions: number;
}

/** Lambda gives a function a thousand execution environments at once. */
const EXECUTIONS_AT_ONCE = 1000;

/**
 * Simulates calls second by second. What a limit refuses is not tried again, and does not reach the
 * next one. Calls are spread evenly in each second, so the figures are what is best possible.
 */
export function simulate(load: Load, limits: Limits): Outcome {
  const calls = load.perSecond / load.requestsPerCall;
  const stage = bucket(limits.stageRate, limits.stageBurst);
  const account = bucket(limits.accountRate, limits.accountBurst);
  const refused = { stageThrottle: 0, accountThrottle: 0, executions: 0, table: 0, partition: 0 };
  let accepted = 0;
  let most = 0;
  let met: Limit | undefined;
  for (let second = 0; second < load.seconds; second++) {
    const available = Math.min(
      limits.executions,
      EXECUTIONS_AT_ONCE + second * limits.executionsPerSecond,
    );
    const perExecution = Math.min(limits.callsPerExecution, 1000 / load.callMs);
    const admits: Record<Limit, (offered: number) => number> = {
      stageThrottle: stage,
      accountThrottle: account,
      executions: (offered) => Math.min(offered, available * perExecution),
      table: (offered) => Math.min(offered, limits.tableWrites),
      partition: (offered) => Math.min(offered, load.keys * limits.partitionWrites),
    };
    let left = calls;
    let worst = 0;
    met = undefined;
    for (const limit of LIMITS) {
      const admitted = admits[limit](left);
      const lost = left - admitted;
      refused[limit] += lost;
      if (lost > worst) [worst, met] = [lost, limit];
      if (limit === 'executions') most = Math.max(most, admitted / perExecution);
      left = admitted;
    }
    accepted += left;
  }
  return { offered: calls * load.seconds, accepted, refused, met, executions: most };
}

/** Makes a token bucket, full at first, which admits what it has tokens for. */
function bucket(rate: number, burst: number): (offered: number) => number {
  let tokens = burst;
  return (offered) => {
    const admitted = Math.min(offered, tokens + rate);
    tokens = Math.min(burst, tokens + rate - admitted);
    return admitted;
  };
}
