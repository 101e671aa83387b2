import type { Answer, Ask, LeaseTerms, Result, Source } from './ask.ts';
import { type Clock, isWithin, type Moment, momentOf } from './clock.ts';
import { Declines } from './declines.ts';
import { Demand } from './demand.ts';
import { AuthUnavailable, noAnswerWithin, toUnavailable } from './errors.ts';
import { Failures } from './failures.ts';
import { HeldAnswer } from './held-answer.ts';
import { Leases } from './leases.ts';
import { PendingCalls } from './pending-calls.ts';
import { RememberedLimit } from './remembered-limit.ts';
import type { Refused, Valid, ValidateOptions } from './types.ts';
import { giveAll, type Waiter, Waiters } from './waiters.ts';

/**
 * The validations of one key with the same service, scope, address and environment, which share
 * their answers. One call that may bring a lease is in flight, unless it is overdue; callers wait
 * for it in turn.
 */
export class Combination implements Source {
  readonly #ask: Ask;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #leases: Leases;
  readonly #limit: RememberedLimit;
  readonly #demand = new Demand();
  readonly #pending = new PendingCalls();
  readonly #declines = new Declines();
  readonly #failures: Failures;
  readonly #queue = new Waiters();
  #isCallDue = false;

  /**
   * @param timeoutMs milliseconds from the begin of a validation until it is given up
   * @param random returns a number from 0 to 1
   */
  constructor(ask: Ask, clock: Clock, timeoutMs: number, random: () => number) {
    this.#ask = ask;
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#leases = new Leases(clock);
    this.#limit = new RememberedLimit(clock);
    this.#failures = new Failures(random);
  }

  answerAtOnce(request: ValidateOptions): HeldAnswer | undefined {
    const lease = this.#leases.usable();
    if (!lease) return this.#limit.usable();
    this.#use(lease);
    if (this.#isRenewalDue(lease)) this.#callSoon(request);
    return lease;
  }

  async wait(request: ValidateOptions): Promise<Result> {
    const beganAt = this.#clock.now();
    const failure = this.#failures.shared(beganAt);
    if (failure) return failure;
    if (this.#declines.areActive(beganAt)) return this.#callAlone(request, beganAt);
    return new Promise((give) => {
      this.#queue.add({ request, beganAt, give });
      if (!this.#pending.areExpected(beganAt)) this.#callSoon(request);
    });
  }

  #use(lease: HeldAnswer): void {
    lease.use();
    this.#demand.count();
  }

  /** Calls in a microtask, so that the callers of the same tick share the call. */
  #callSoon(request: ValidateOptions): void {
    if (this.#isCallDue) return;
    this.#isCallDue = true;
    queueMicrotask(() => this.#call(request));
  }

  async #call(request: ValidateOptions): Promise<void> {
    this.#isCallDue = false;
    // Only these began before the call is sent. A change may be confirmed before the others begin,
    // and a failure is not theirs.
    const waiters = this.#queue.takeAll();
    const since = momentOf(this.#clock);
    const measured = this.#demand.measure(since.at);
    const size = this.#demand.size(measured, waiters.length, this.#pending.roundTripMs);
    this.#pending.add(since.at);
    const beganAt = waiters[0]?.beganAt ?? since.at;
    const answer = await this.#send(request, size > 1 ? size : undefined, since, beganAt);
    this.#pending.remove(since.at);
    if (answer instanceof AuthUnavailable) giveAll(waiters, answer);
    else if (answer.validation.valid) {
      this.#demand.keep(measured, answer.lease);
      this.#accept(answer.validation, answer.lease, since, waiters);
    } else {
      this.#refuse(answer.validation, since);
      giveAll(waiters, answer.validation);
      const limit = this.#limit.usable();
      if (limit) giveAll(this.#queue.takeAll(), limit.validation);
    }
    this.#serveQueue();
  }

  async #callAlone(request: ValidateOptions, beganAt: number): Promise<Result> {
    const since = momentOf(this.#clock);
    const answer = await this.#send(request, undefined, since, beganAt);
    if (answer instanceof AuthUnavailable) return answer;
    if (!answer.validation.valid) this.#refuse(answer.validation, since);
    return answer.validation;
  }

  /** @param beganAt when the validation began that has waited longest */
  async #send(
    request: ValidateOptions,
    leaseRequests: number | undefined,
    { at }: Moment,
    beganAt: number,
  ): Promise<Answer | AuthUnavailable> {
    const leftMs = Math.max(1, Math.ceil(beganAt + this.#timeoutMs - at));
    const answer = await this.#ask(request, leaseRequests, leftMs).catch(toUnavailable);
    const now = this.#clock.now();
    if (answer instanceof AuthUnavailable) this.#failures.add(answer, at, now);
    else {
      this.#failures.end(now);
      this.#pending.measure(at, now);
    }
    return answer;
  }

  /** @param waiters those who began before the call */
  #accept(
    validation: Valid,
    lease: LeaseTerms | null | undefined,
    since: Moment,
    [first, ...rest]: readonly Waiter[],
  ): void {
    this.#limit.forget();
    const held = lease && new HeldAnswer(validation, since, lease.milliseconds, lease.requests);
    if (first) {
      // The answer counted for this waiter, even if its lease is over by now.
      held?.use();
      this.#demand.count();
      first.give(validation);
    }
    this.#queue.putBack(rest);
    if (lease === null) this.#declines.refused(this.#clock.now());
    if (!held) return;
    if (isWithin(this.#clock, since, held.milliseconds)) this.#declines.inTime();
    // A short lease, before the end of the hour or the key, says nothing about the next.
    else if (held.milliseconds >= this.#demand.leaseMs) {
      this.#declines.late(since.at, this.#clock.now());
    }
    this.#leases.add(held);
  }

  #refuse(refusal: Refused, since: Moment): void {
    this.#demand.forget();
    if (refusal.status === 401) this.#leases.drop();
    else this.#limit.remember(refusal, since);
  }

  /** Answers those in the queue from leases, and calls for the rest. */
  #serveQueue(): void {
    for (let lease = this.#leases.usable(); lease; lease = this.#leases.usable()) {
      const waiter = this.#queue.takeFirst();
      if (!waiter) return;
      this.#use(lease);
      waiter.give(lease.validation);
    }
    const now = this.#clock.now();
    giveAll(this.#queue.takeUntil(now - this.#timeoutMs), noAnswerWithin(this.#timeoutMs));
    const failure = this.#failures.shared(now);
    if (failure) giveAll(this.#queue.takeAll(), failure);
    else if (this.#declines.areActive(now)) {
      for (const { request, beganAt, give } of this.#queue.takeAll()) {
        this.#callAlone(request, beganAt).then(give);
      }
    } else if (this.#queue.first) this.#callSoon(this.#queue.first.request);
  }

  #isRenewalDue(lease: HeldAnswer): boolean {
    const now = this.#clock.now();
    if (this.#pending.areExpected(now)) return false;
    if (!this.#leases.isRenewalDue(lease, this.#pending.roundTripMs, this.#demand.rate))
      return false;
    if (this.#declines.areActive(now) || this.#failures.shared(now)) return false;
    // A call for one request that nobody waits for would be lost.
    return this.#demand.size(this.#demand.measure(now), 0, this.#pending.roundTripMs) > 1;
  }
}
