import type { Answer, Ask } from '../../client/src/ask.ts';
import { zeroCounters } from '../../client/src/counters.ts';
import { AuthUnavailable } from '../../client/src/errors.ts';
import type { AuthOptions, Refused, Valid, ValidateOptions } from '../../client/src/types.ts';
import { Validator } from '../../client/src/validator.ts';
import { settled, VirtualTime } from './virtual-time.ts';

export const REQUEST: ValidateOptions = { key: 'hk_live_key', scope: 'predict' };

export const VALID: Valid = Object.freeze({
  valid: true,
  keyId: '5d0c8f9a-0c1e-5b7a-9a50-3a0a4b6d2f11',
  userId: 'admin',
  serviceId: 'prediction',
  scopes: [],
  rateLimitPerHour: 1000,
  billingPlan: 'free',
  monthlyPredictionLimit: null,
  environment: 'production',
  expiresAt: null,
  rateLimit: { limit: 1000, remaining: 999, resetAt: '2026-11-23T19:00:00.000Z' },
  headers: {},
});

export const REVOKED: Refused = {
  valid: false,
  status: 401,
  code: 'revoked',
  error: 'API key is inactive or has been revoked',
  headers: {},
};

export const limited = (retryAfter: number): Refused => ({
  valid: false,
  status: 429,
  code: 'rate_limited',
  error: 'Rate limit exceeded',
  retryAfter,
  headers: { 'Retry-After': String(retryAfter) },
});

export const UNAVAILABLE = new AuthUnavailable('No answer');

export const LEASE_MS = 1000;

/** A call of the client, which the test answers. */
export interface ScriptedCall {
  readonly request: ValidateOptions;
  readonly leaseRequests: number | undefined;
  readonly timeoutMs: number;
  /** Answers and lets the client go on. */
  answer(answer: Answer): Promise<void>;
  /** Accepts the key, with the lease that was asked for. */
  accept(): Promise<void>;
  fail(error?: AuthUnavailable): Promise<void>;
}

/** Creates a validator in virtual time whose calls the test answers. */
export function createScripted(options: Partial<AuthOptions> = {}) {
  const time = new VirtualTime();
  const calls: ScriptedCall[] = [];
  const ask: Ask = (request, leaseRequests, timeoutMs) =>
    new Promise((resolve, reject) => {
      const answer = (it: Answer) => {
        resolve(it);
        return settled();
      };
      const lease = leaseRequests && { requests: leaseRequests, milliseconds: LEASE_MS };
      const accept = () => answer({ validation: VALID, ...(lease && { lease }) });
      const fail = (error = UNAVAILABLE) => {
        reject(error);
        return settled();
      };
      calls.push({ request, leaseRequests, timeoutMs, answer, accept, fail });
    });
  const counters = zeroCounters();
  const validator = new Validator(ask, time, { timeoutMs: 5000, ...options }, counters);
  const asked = () => calls.map(({ leaseRequests }) => leaseRequests);
  /** Returns a call, which must have been made. */
  const call = (index: number): ScriptedCall => {
    const made = calls[index];
    if (!made) throw new Error(`There are ${calls.length} calls`);
    return made;
  };
  /** Validates several times in the same tick, and lets the client call. */
  const begin = async (count: number, request = REQUEST) => {
    const begun = Array.from({ length: count }, () => validator.check(request, false));
    await settled();
    return begun;
  };
  return { time, validator, counters, call, asked, begin };
}

/** Returns the results that are there now; undefined stands for the others. */
export function resultsNow(begun: readonly Promise<unknown>[]): Promise<unknown[]> {
  return Promise.all(begun.map((one) => Promise.race([one, Promise.resolve()])));
}
