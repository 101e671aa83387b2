import type { CamelCased } from './camel-case.ts';
import type { AuthRejected, AuthUnavailable } from './errors.ts';
import type { LimitedKey, OverLimit, RefusedKey, UsageReport, ValidKey } from './wire.ts';

/** What a valid key grants. */
export type ApiKey = CamelCased<Omit<ValidKey, 'is_valid' | 'lease'>>;

/** Why a key is refused, for programs. */
export type RefusalCode = (RefusedKey | LimitedKey)['code'];

/** The headers of the service's answer that are meant for the holder of the key. */
export type AnswerHeaders = {
  readonly [Name in 'RateLimit-Policy' | 'RateLimit' | 'Retry-After']?: string;
};

/** The service's decision about a key. It is frozen. */
export type Validation = Valid | Refused;

export type Valid = ApiKey & { readonly valid: true; readonly headers: AnswerHeaders };

export interface Refused {
  readonly valid: false;
  /** 429 if a limit of the key is reached, otherwise 401. */
  readonly status: 401 | 429;
  readonly code: RefusalCode;
  /** The reason, for people. */
  readonly error: string;
  /** The seconds until the limit resets, with 429. */
  readonly retryAfter?: number;
  readonly headers: AnswerHeaders;
}

/** A request for a decision. */
export interface ValidateOptions {
  /** The API key that the request presents. */
  readonly key: string;
  /** The scope that the request needs; without it, scopes are not checked. */
  readonly scope?: string | undefined;
  /** The address of the holder of the key. Without it, keys with `allowed_ips` are refused. */
  readonly clientIp?: string | undefined;
  /** The environment that the request is for; by default that of the client. */
  readonly environment?: string | undefined;
}

/** Allows `undefined` where a field may be absent, also with `exactOptionalPropertyTypes`. */
type Loose<T> = { [Name in keyof T]: T[Name] | (object extends Pick<T, Name> ? undefined : never) };

/** The usage of a key by a request that was served. */
export type Report = KeyInUse & Loose<CamelCased<Omit<UsageReport, 'service_id'>>>;

/** The predictions of a request that is about to be served. */
export type Debit = KeyInUse &
  Omit<Report, 'statusCode' | 'responseTimeMs' | 'predictionsCount'> &
  Loose<Partial<Pick<Report, 'statusCode' | 'responseTimeMs'>>> & {
    readonly predictionsCount: number;
  };

export interface KeyInUse {
  /** The API key that the request presented. */
  readonly key: string;
  /** `keyId` of its validation. */
  readonly keyId: string;
}

/** Whether the predictions of a debit were counted; if not, do not serve the request. */
export type DebitOutcome =
  | {
      readonly debited: true;
      /** Predictions that are left of the month; null without a limit. */
      readonly remaining: number | null;
    }
  | {
      readonly debited: false;
      readonly status: OverLimit['status'];
      readonly code: OverLimit['detail']['error'];
      /** The reason, for people. */
      readonly error: string;
    };

/** Counters since the client was created. */
export interface Stats {
  /** Calls of `validate`, including those through middleware. */
  readonly validations: number;
  /** Validations that were answered at once, without waiting for the service. */
  readonly local: number;
  /** Validation requests to the service, without retries. */
  readonly calls: number;
  /** Validations without an answer. */
  readonly unavailable: number;
  /** Those of them whose request a middleware let through, because the route fails open. */
  readonly failedOpen: number;
  /** Usage reports that the service counted. */
  readonly reported: number;
  /** Usage reports that were given up. */
  readonly dropped: number;
}

export interface ValidateEvent {
  readonly outcome: 'valid' | RefusalCode;
  /** Whether the answer was there without waiting for the service. */
  readonly local: boolean;
  readonly durationMs: number;
  /** The id of a valid key. */
  readonly keyId?: string;
  /** The same for OpenTelemetry, by attribute names. */
  readonly attributes: Readonly<Record<string, string | boolean>>;
}

export interface UnavailableEvent {
  readonly error: AuthUnavailable;
  readonly durationMs: number;
  /** Whether the request was let through nevertheless, because the route fails open. */
  readonly failedOpen: boolean;
}

export interface DroppedEvent {
  /**
   * - `invalid`: the key is malformed or a number is not an amount, so it was not sent;
   * - `full`: too many reports wait;
   * - `rejected`: the service does not accept it;
   * - `unavailable`: there was no answer for a minute;
   * - `closed`: the client is closed, or could not send it in the time for closing.
   */
  readonly reason: 'invalid' | 'full' | 'rejected' | 'unavailable' | 'closed';
  readonly report: Omit<Report, 'key'>;
  /** The last error, if the report was sent. */
  readonly error?: AuthUnavailable | AuthRejected;
}

export interface AuthOptions {
  /** The base URL of the API-key service. */
  readonly url: string | URL;
  /** The service that asks: one of those in the settings of the API-key service. */
  readonly serviceId: string;
  /** The environment that keys must be for: `production`, `test` or `development`. */
  readonly environment?: string | undefined;
  /** Whether answers may be used for several requests; by default true. */
  readonly leases?: boolean | undefined;
  /** Milliseconds until a validation or a debit is given up, 1 to 600,000; by default 5000. */
  readonly timeoutMs?: number | undefined;
  /** Called after each decision. What it throws is ignored. */
  readonly onValidate?: ((event: ValidateEvent) => void) | undefined;
  /** Called after each validation without an answer. What it throws is ignored. */
  readonly onUnavailable?: ((event: UnavailableEvent) => void) | undefined;
  /** Called for each usage report that is given up. What it throws is ignored. */
  readonly onDropped?: ((event: DroppedEvent) => void) | undefined;
}

/** The part of the client that the middleware is built on. */
export interface Gate {
  /**
   * Validates a key. Resolves to the error, and never rejects, if there is no answer.
   * @param failsOpen whether the caller lets the request through then, if the error `isOutage`
   */
  check(request: ValidateOptions, failsOpen: boolean): Promise<Validation | AuthUnavailable>;
  /** Sends a usage report in the background. Never throws. */
  report(report: Report): void;
}

/** The client without its middleware. */
export interface AuthCore extends Gate {
  /**
   * Asks whether a key may be used for a request.
   * @throws AuthUnavailable if there is no answer: then nothing is decided
   */
  validate(request: ValidateOptions): Promise<Validation>;
  /**
   * Counts predictions before they are served, unless they would exceed the key's monthly limit.
   * @throws AuthUnavailable if there is no answer; with the same `idempotencyKey` try again
   * @throws AuthRejected if the service does not accept the debit
   */
  debit(debit: Debit): Promise<DebitOutcome>;
  /** Returns the counters. */
  stats(): Stats;
  /**
   * Ends the client: validations fail from now on, and pending reports are sent.
   * @param options.timeoutMs milliseconds until the pending reports are given up; by default 5000
   */
  close(options?: { readonly timeoutMs?: number | undefined }): Promise<void>;
}
