import { hash } from 'node:crypto';
import type { Ask, Result, Source } from './ask.ts';
import type { Clock } from './clock.ts';
import { Combination } from './combination.ts';
import type { Counters } from './counters.ts';
import { AuthUnavailable } from './errors.ts';
import { callHook, validateEvent } from './hooks.ts';
import { isWellFormed } from './http-post.ts';
import { requireKnown } from './known-options.ts';
import { Lru } from './lru.ts';
import { callForEach, closedSource, refuseAll } from './sources.ts';
import type { AuthOptions, ValidateOptions, Validation } from './types.ts';

/** The combinations that are remembered: some ten megabytes. */
const MAX_COMBINATIONS = 10_000;

const FIELDS = ['key', 'scope', 'clientIp', 'environment'] satisfies (keyof ValidateOptions)[];

type Options = Pick<AuthOptions, 'leases' | 'onValidate' | 'onUnavailable'> & {
  readonly timeoutMs: number;
};

/** Validates keys: from a lease if there is one, otherwise by a call to the service. */
export class Validator {
  readonly #combinations = new Lru<Combination>(MAX_COMBINATIONS);
  readonly #uncombined: Source;
  readonly #ask: Ask;
  readonly #clock: Clock;
  readonly #options: Options;
  readonly #counters: Counters;
  #isClosed = false;

  constructor(ask: Ask, clock: Clock, options: Options, counters: Counters) {
    this.#uncombined = callForEach(ask, options.timeoutMs);
    this.#ask = ask;
    this.#clock = clock;
    this.#options = options;
    this.#counters = counters;
  }

  /**
   * @throws AuthUnavailable
   * @throws TypeError if a field does not exist
   */
  validate(request: ValidateOptions): Promise<Validation> {
    // Not an async function, which would make a promise for each use of a lease.
    try {
      requireKnown(request, FIELDS, 'validate');
      return this.#decide(request, false, orThrow);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Resolves to the error if there is no answer. */
  check(request: ValidateOptions, failsOpen: boolean): Promise<Result> {
    return this.#decide(request, failsOpen, (result) => result);
  }

  close(): void {
    this.#isClosed = true;
  }

  #sourceOf(request: ValidateOptions): Source {
    if (this.#isClosed) return closedSource;
    if (!isWellFormed(request.key)) return refuseAll;
    if (this.#options.leases === false) return this.#uncombined;
    const id = identify(request);
    const known = this.#combinations.get(id);
    if (known) return known;
    const { timeoutMs } = this.#options;
    const combination = new Combination(this.#ask, this.#clock, timeoutMs, Math.random);
    this.#combinations.set(id, combination);
    return combination;
  }

  /** @param finish makes what is returned of the result of waiting */
  #decide<T>(
    request: ValidateOptions,
    failsOpen: boolean,
    finish: (result: Result) => T,
  ): Promise<Validation | T> {
    const startedAt = this.#clock.now();
    const source = this.#sourceOf(request);
    this.#counters.validations++;
    const held = source.answerAtOnce(request);
    if (!held) {
      return source.wait(request).then((result) => {
        if (result instanceof AuthUnavailable) this.#reportFailure(result, failsOpen, startedAt);
        else this.#reportDecision(result, false, startedAt);
        return finish(result);
      });
    }
    this.#counters.local++;
    this.#reportDecision(held.validation, true, startedAt);
    return held.promise;
  }

  #reportDecision(validation: Validation, local: boolean, startedAt: number): void {
    const { onValidate } = this.#options;
    // Without a hook, no event is made: a validation from a lease costs a few microseconds.
    if (!onValidate) return;
    callHook(onValidate, validateEvent(validation, local, this.#clock.now() - startedAt));
  }

  #reportFailure(error: AuthUnavailable, failsOpen: boolean, startedAt: number): void {
    const failedOpen = failsOpen && error.isOutage;
    this.#counters.unavailable++;
    if (failedOpen) this.#counters.failedOpen++;
    const { onUnavailable } = this.#options;
    const durationMs = this.#clock.now() - startedAt;
    if (onUnavailable) callHook(onUnavailable, { error, durationMs, failedOpen });
  }
}

/**
 * Returns an id of the requests that share answers. The key is not kept in memory, and JSON keeps
 * the fields apart.
 */
function identify({ key, scope, clientIp, environment }: ValidateOptions): string {
  return hash('sha256', JSON.stringify([key, scope, clientIp, environment]), 'base64');
}

function orThrow(result: Result): Validation {
  if (result instanceof AuthUnavailable) throw result;
  return result;
}
