import type { Environment } from '../lib/domain/key.ts';

/** The kind of a stage: decides protection and defaults. Its keys are those of the same name. */
export type Kind = Environment;

interface Throttle {
  readonly rate: number;
  readonly burst: number;
}

interface Defaults {
  readonly bcryptRounds: number;
  readonly throttling: { readonly validation: Throttle; readonly usage: Throttle };
  readonly concurrency: { readonly revoke: number; readonly usage: number };
  /** The threshold of the alarm on concurrent executions. */
  readonly concurrencyAlarm: number;
  readonly adminTokenRotationDays: number;
  readonly logRetentionDays: number;
  readonly canary: false | { percent: number; minutes: number };
  readonly platformLogs: boolean;
  readonly tracing: boolean;
  readonly sourceMaps: boolean;
}

/** The defaults that differ between the kinds of stages. */
export const DEFAULTS: Readonly<Record<Kind, Defaults>> = {
  development: {
    bcryptRounds: 10,
    throttling: { validation: { rate: 100, burst: 200 }, usage: { rate: 50, burst: 100 } },
    concurrency: { revoke: 0, usage: 0 },
    concurrencyAlarm: 800,
    adminTokenRotationDays: 90,
    logRetentionDays: 7,
    canary: false,
    platformLogs: true,
    tracing: true,
    sourceMaps: true,
  },
  test: {
    bcryptRounds: 12,
    throttling: { validation: { rate: 500, burst: 1000 }, usage: { rate: 250, burst: 500 } },
    concurrency: { revoke: 0, usage: 0 },
    concurrencyAlarm: 800,
    adminTokenRotationDays: 90,
    logRetentionDays: 30,
    canary: { percent: 10, minutes: 5 },
    platformLogs: true,
    tracing: true,
    sourceMaps: false,
  },
  production: {
    bcryptRounds: 12,
    throttling: { validation: { rate: 2000, burst: 2000 }, usage: { rate: 1000, burst: 1000 } },
    concurrency: { revoke: 5, usage: 200 },
    concurrencyAlarm: 450,
    adminTokenRotationDays: 30,
    logRetentionDays: 365,
    canary: { percent: 10, minutes: 5 },
    platformLogs: false,
    tracing: false,
    sourceMaps: false,
  },
};
