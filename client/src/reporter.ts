import { AsyncResource } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { doubled, withJitter } from './backoff.ts';
import type { Counters } from './counters.ts';
import { AuthRejected, AuthUnavailable, toUnavailable } from './errors.ts';
import { callHook } from './hooks.ts';
import type { AuthOptions, DroppedEvent, Report } from './types.ts';
import { type IdentifiedReport, identifyReport, isValidReport, type Usage } from './usage.ts';

/** The reports that wait to be sent: some megabytes. */
const MAX_WAITING = 10_000;

/** The reports that are sent at a time: more when more wait. */
const MIN_PARALLEL = 4;
const MAX_PARALLEL = 32;
const WAITING_PER_SENDER = 10;

/** The delays double up to the longest, and add up to about a minute. */
const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 15_000;
const MAX_RETRIES = 9;

type Sleep = (milliseconds: number, signal?: AbortSignal) => Promise<void>;

/** Sends usage reports in the background, and again if there is no answer. */
export class Reporter {
  readonly #record: Usage['record'];
  readonly #counters: Counters;
  readonly #onDropped: AuthOptions['onDropped'];
  readonly #sleep: Sleep;
  readonly #waiting: IdentifiedReport[] = [];
  readonly #inFlight = new Set<IdentifiedReport>();
  readonly #senders = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  /** Keeps senders out of the async context of the request that starts them: they serve others. */
  readonly #startSender = AsyncResource.bind(() => {
    const sender = this.#sendWaiting().finally(() => this.#senders.delete(sender));
    this.#senders.add(sender);
  });
  #isOver = false;

  constructor(
    record: Usage['record'],
    counters: Counters,
    onDropped?: AuthOptions['onDropped'],
    sleepFor: Sleep = sleepInBackground,
  ) {
    this.#record = record;
    this.#counters = counters;
    this.#onDropped = onDropped;
    this.#sleep = sleepFor;
  }

  /** Adds a report to those that are sent, unless it is invalid, too many wait, or after `close`. */
  report(report: Report): void {
    const reason = this.#reasonToDrop(report);
    if (reason) {
      this.#drop(report, reason);
      return;
    }
    this.#waiting.push(identifyReport(report));
    const wanted = Math.max(MIN_PARALLEL, this.#waiting.length / WAITING_PER_SENDER);
    if (this.#senders.size < Math.min(wanted, MAX_PARALLEL)) this.#startSender();
  }

  /**
   * Waits until all reports are sent, and gives up the rest.
   * @param timeoutMs milliseconds until then
   */
  async close(timeoutMs: number): Promise<void> {
    this.#closing.abort();
    const sent = new AbortController();
    const limit = sleep(timeoutMs, undefined, { signal: sent.signal }).catch(() => {});
    await Promise.race([limit, Promise.all(this.#senders)]);
    sent.abort();
    this.#isOver = true;
    const rest = [...this.#inFlight, ...this.#waiting.splice(0)];
    this.#inFlight.clear();
    for (const report of rest) this.#drop(report, 'closed');
  }

  #reasonToDrop(report: Report): DroppedEvent['reason'] | undefined {
    if (!isValidReport(report)) return 'invalid';
    if (this.#closing.signal.aborted) return 'closed';
    return this.#waiting.length >= MAX_WAITING ? 'full' : undefined;
  }

  async #sendWaiting(): Promise<void> {
    for (let report = this.#waiting.shift(); report; report = this.#waiting.shift()) {
      this.#inFlight.add(report);
      const error = await this.#send(report);
      // What was in flight at the end is dropped already.
      if (!this.#inFlight.delete(report)) return;
      if (!error) this.#counters.reported++;
      else this.#drop(report, isOutage(error) ? 'unavailable' : 'rejected', error);
    }
  }

  /** Returns the error if the service did not count the report. */
  async #send(report: IdentifiedReport): Promise<AuthUnavailable | AuthRejected | undefined> {
    for (let retries = 0; ; retries++) {
      try {
        await this.#record(report);
        return undefined;
      } catch (thrown) {
        const error = thrown instanceof AuthRejected ? thrown : toUnavailable(thrown);
        if (!isOutage(error) || retries >= MAX_RETRIES || this.#isOver) return error;
      }
      await this.#pause(retries);
    }
  }

  #drop(
    { key: _, ...report }: Report,
    reason: DroppedEvent['reason'],
    error?: DroppedEvent['error'],
  ): void {
    this.#counters.dropped++;
    if (this.#onDropped) callHook(this.#onDropped, { reason, report, ...(error && { error }) });
  }

  /** Waits before a retry, with jitter. Closing ends long pauses, so that there is a last try. */
  async #pause(retries: number): Promise<void> {
    const { signal } = this.#closing;
    if (signal.aborted) return this.#sleep(FIRST_DELAY_MS);
    const longest = doubled(FIRST_DELAY_MS, LONGEST_DELAY_MS, retries);
    await this.#sleep(withJitter(longest, Math.random()), signal).catch(() => {});
  }
}

function isOutage(error: AuthUnavailable | AuthRejected): boolean {
  return error instanceof AuthUnavailable && error.isOutage;
}

/** Waits without keeping the process alive. */
function sleepInBackground(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return sleep(milliseconds, undefined, { ref: false, signal });
}
