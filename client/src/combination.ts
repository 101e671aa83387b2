import { type Clock, isWithin, type Moment, momentOf } from './clock.ts';
import { Demand } from './demand.ts';
import { AuthUnavailable, toUnavailable } from './errors.ts';
import { HeldAnswer } from './held-answer.ts';
import { Leases } from './leases.ts';
import type { Refused, ValidateOptions, Validation } from './types.ts';

/** An answer of the service. */
export interface Answer {
  readonly validation: Validation;
  /** Absent if none was asked for; null if the service grants none. */
  readonly lease?: { readonly requests: number; readonly milliseconds: number } | null;
}

/**
 * Asks the service.
 * @param leaseRequests how many requests the answer is to be for; absent: only for this one
 * @throws AuthUnavailable
 */
export type Ask = (request: ValidateOptions, leaseRequests?: number) => Promise<Answer>;

export type Result = Validation | AuthUnavailable;

/** Where the answers to some requests come from. */
export interface Source {
  /** Returns the answer if it is there, and counts its use. */
  answerAtOnce(request: ValidateOptions): HeldAnswer | undefined;
  /** Waits for an answer of the service. Never rejects. */
  wait(request: ValidateOptions): Promise<Result>;
}

interface Waiter {
  readonly request: ValidateOptions;
  readonly give: (result: Result) => void;
}

/** How long no lease is asked for after one that was not granted, or not in time. */
const DECLINED_MS = 10_000;

/**
 * How long a 429 is remembered. The service confirms a change of a limit one second after it, and
 * may itself answer from memory for half of that; the other half is left for the client.
 */
export const LIMITED_MS = 500;

/** With fewer seconds to wait, a remembered 429 could outlast the hour that it is about. */
const MIN_RETRY_AFTER_S = 2;

/**
 * The validations of one key with the same service, scope, address and environment, which share
 * their answers. At most one call that may bring a lease is in flight; callers wait for it in turn.
 */
export class Combination implements Source {
  readonly #ask: Ask;
  readonly #clock: Clock;
  readonly #leases: Leases;
  readonly #demand = new Demand();
  #refusal: HeldAnswer | undefined;
  #declinedUntil = Number.NEGATIVE_INFINITY;
  #isCalling = false;
  #waiters: Waiter[] = [];
  #roundTripMs = 0;

  constructor(ask: Ask, clock: Clock) {
    this.#ask = ask;
    this.#clock = clock;
    this.#leases = new Leases(clock);
  }

  answerAtOnce(request: ValidateOptions): HeldAnswer | undefined {
    const lease = this.#leases.usable();
    if (!lease) return this.#rememberedRefusal();
    this.#use(lease);
    if (!this.#isCalling && this.#isRenewalDue(lease)) this.#callSoon(request);
    return lease;
  }

  wait(request: ValidateOptions): Promise<Result> {
    if (this.#clock.now() < this.#declinedUntil) return this.#callAlone(request);
    return new Promise((give) => {
      this.#waiters.push({ request, give });
      this.#callSoon(request);
    });
  }

  #rememberedRefusal(): HeldAnswer | undefined {
    if (this.#refusal?.isUsable(this.#clock)) return this.#refusal;
    this.#refusal = undefined;
    return undefined;
  }

  #use(lease: HeldAnswer): void {
    lease.use();
    this.#demand.count();
  }

  /** Calls in a microtask, so that the callers of the same tick share the call. */
  #callSoon(request: ValidateOptions): void {
    if (this.#isCalling) return;
    this.#isCalling = true;
    queueMicrotask(() => this.#call(request));
  }

  async #call(request: ValidateOptions): Promise<void> {
    // Only these began before the call is sent. A change may be confirmed before the others begin.
    const sharing = this.#waiters.length;
    const since = momentOf(this.#clock);
    const measured = this.#demand.measure(since.at);
    const size = this.#demand.size(measured, sharing);
    const answer = await this.#ask(request, size > 1 ? size : undefined).catch(toUnavailable);
    this.#isCalling = false;
    if (answer instanceof AuthUnavailable) return this.#give(answer, this.#waiters.length);
    this.#roundTripMs = this.#clock.now() - since.at;
    if (answer.validation.valid) {
      this.#demand.keep(measured, answer.lease);
      this.#accept(answer, since, sharing > 0);
      // A lease that is over when it arrives serves nobody, but all its requests are counted.
      const isInTime = isWithin(this.#clock, since, answer.lease?.milliseconds ?? 0);
      if (size > 1 && !isInTime) this.#decline();
    } else {
      this.#refuse(answer.validation, since);
      this.#give(answer.validation, this.#rememberedRefusal() ? this.#waiters.length : sharing);
    }
    const [first] = this.#waiters;
    if (first) this.#callSoon(first.request);
  }

  /** @param isAwaited whether the call was made for the first waiter, who began before it */
  #accept({ validation, lease }: Answer, since: Moment, isAwaited: boolean): void {
    this.#refusal = undefined;
    const held = lease && new HeldAnswer(validation, since, lease.milliseconds, lease.requests);
    if (isAwaited) {
      // The answer counted for this waiter, even if its lease is over by now.
      held?.use();
      this.#demand.count();
      this.#give(validation, 1);
    }
    if (!held) return;
    this.#leases.add(held);
    while (this.#waiters.length > 0) {
      const usable = this.#leases.usable();
      if (!usable) return;
      this.#use(usable);
      this.#give(usable.validation, 1);
    }
  }

  #refuse(refusal: Refused, since: Moment): void {
    this.#demand.forget();
    if (refusal.status === 401) this.#leases.drop();
    else if ((refusal.retryAfter ?? 0) >= MIN_RETRY_AFTER_S) {
      this.#refusal = new HeldAnswer(refusal, since, LIMITED_MS);
    }
  }

  /** Lets each caller ask for itself for a while, because leases are of no use. */
  #decline(): void {
    this.#declinedUntil = this.#clock.now() + DECLINED_MS;
    for (const { request, give } of this.#waiters.splice(0)) this.#callAlone(request).then(give);
  }

  async #callAlone(request: ValidateOptions): Promise<Result> {
    const since = momentOf(this.#clock);
    const answer = await this.#ask(request).catch(toUnavailable);
    if (answer instanceof AuthUnavailable) return answer;
    if (!answer.validation.valid) this.#refuse(answer.validation, since);
    return answer.validation;
  }

  /** Gives a result to those who have waited longest. */
  #give(result: Result, count: number): void {
    for (const { give } of this.#waiters.splice(0, count)) give(result);
  }

  #isRenewalDue(lease: HeldAnswer): boolean {
    if (!this.#leases.isRenewalDue(lease, this.#roundTripMs, this.#demand.rate)) return false;
    // A call for one request that nobody waits for would be lost.
    return this.#demand.size(this.#demand.measure(this.#clock.now()), 0) > 1;
  }
}
