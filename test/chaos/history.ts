/** The settings of a key that the run changes. Every change gives the key a scope of its own. */
export interface Settings {
  readonly scopes: readonly string[];
  readonly rate_limit_per_hour: number;
  readonly monthly_prediction_limit: number | null;
}

/** The fields of an update. Each also names its token. */
export interface Asked extends Partial<Settings> {
  readonly suspended?: boolean;
}

/** A request of a client. Times are milliseconds since the epoch, by one monotonic clock. */
interface Request {
  readonly from: number;
  /** When the answer came, or the client gave up. */
  readonly to: number;
  /** The process of the service that was asked. */
  readonly process: number;
  /** The status of the answer; undefined: there was none. */
  readonly status: number | undefined;
}

/**
 * The result of a request that writes. `open`: there was no answer, or one of 503, so that the
 * request may have been carried out or not, or is still to be.
 */
type Written<Refusal extends string = never> = 'done' | 'open' | Refusal;

export interface Creation extends Request {
  readonly kind: 'create';
  /** Names the change in the audit trail. */
  readonly token: string;
  readonly settings: Settings;
  readonly result: Written;
  readonly keyId: string | undefined;
}

export interface Update extends Request {
  readonly kind: 'update';
  readonly token: string;
  readonly keyId: string;
  readonly asked: Asked;
  readonly result: Written<'revoked'>;
}

export interface Rotation extends Request {
  readonly kind: 'rotate';
  readonly token: string;
  readonly keyId: string;
  readonly graceMinutes: number;
  readonly result: Written<'revoked'>;
  readonly successor: string | undefined;
}

export interface Revocation extends Request {
  readonly kind: 'revoke';
  readonly token: string;
  readonly keyId: string;
  readonly result: Written;
}

export interface Validation extends Request {
  readonly kind: 'validate';
  readonly keyId: string;
  readonly requiredScope: string | undefined;
  /** Whether the secret of the key was wrong. */
  readonly isForged: boolean;
  readonly result: Accepted | Refused | { readonly kind: 'open' };
}

export interface Accepted extends Settings {
  readonly kind: 'accepted';
  /** Accepted requests of the hour with this one; undefined if the client did not ask for it. */
  readonly count: number | undefined;
  /** The end of the hour. */
  readonly resetAt: string;
}

export interface Refused {
  readonly kind: 'refused';
  readonly code: string;
}

export interface Report extends Request {
  readonly kind: 'record' | 'debit';
  readonly keyId: string;
  /** Names the report in the log; repeats of a report have the same. */
  readonly endpoint: string;
  readonly predictions: number;
  /** Whether the key itself sent it, which must be valid for a debit. */
  readonly isByKey: boolean;
  readonly result: Written<'over_limit' | 'refused'>;
}

export interface TrailReading extends Request {
  readonly kind: 'audit';
  readonly keyId: string;
  readonly findings: readonly string[];
}

export type Change = Update | Rotation | Revocation;
export type Event = Creation | Change | Validation | Report | TrailReading;

export function isReport(event: Event): event is Report {
  return event.kind === 'record' || event.kind === 'debit';
}

/** The time in which a process of the service was killed and did not answer yet again. */
export interface Downtime {
  readonly process: number;
  readonly from: number;
  readonly to: number;
}

/** What has happened in a run, and what the tables hold after it. */
export interface History {
  readonly events: readonly Event[];
  readonly downtimes: readonly Downtime[];
  /** When the database was killed. */
  readonly databaseKills: readonly number[];
  readonly keys: readonly StoredKey[];
  readonly log: readonly StoredReport[];
  /** The keys of audit entries, one for each entry. */
  readonly auditedKeys: readonly string[];
  /** The answers to a validation of each key when all faults were over. */
  readonly last: readonly Validation[];
}

/** A key as its item, its audit trail and its statistics show it after the run. */
export interface StoredKey {
  readonly keyId: string;
  readonly item: Readonly<Record<string, unknown>>;
  /** Oldest first. */
  readonly trail: readonly TrailEntry[];
  readonly findings: readonly string[];
  readonly totals: { readonly requests: number; readonly predictions: number };
}

export interface TrailEntry {
  readonly version: number;
  readonly changes: readonly { readonly field: string; readonly new: unknown }[];
  readonly reason: string | null;
  readonly isSealed: boolean;
}

export interface StoredReport {
  readonly keyId: string;
  readonly endpoint: string;
  readonly predictions: number;
}
