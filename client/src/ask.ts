import type { AuthUnavailable } from './errors.ts';
import type { HeldAnswer } from './held-answer.ts';
import type { ValidateOptions, Validation } from './types.ts';

/** For how many requests and how long an answer may be used, this request included. */
export interface LeaseTerms {
  readonly requests: number;
  readonly milliseconds: number;
}

/** An answer of the service. */
export interface Answer {
  readonly validation: Validation;
  /** Absent if none was asked for; null if the service grants none. */
  readonly lease?: LeaseTerms | null;
}

/**
 * Asks the service.
 * @param leaseRequests how many requests the answer is to be for; undefined: only for this one
 * @param timeoutMs whole milliseconds until the call is given up
 * @throws AuthUnavailable
 */
export type Ask = (
  request: ValidateOptions,
  leaseRequests: number | undefined,
  timeoutMs: number,
) => Promise<Answer>;

export type Result = Validation | AuthUnavailable;

/** Where the answers to some requests come from. */
export interface Source {
  /** Returns the answer if it is there, and counts its use. */
  answerAtOnce(request: ValidateOptions): HeldAnswer | undefined;
  /** Waits for an answer of the service. Never rejects. */
  wait(request: ValidateOptions): Promise<Result>;
}
