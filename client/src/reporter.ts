import { setTimeout as sleep } from 'node:timers/promises';
import type { Counters } from './counters.ts';
import { AuthUnavailable } from './errors.ts';
import type { Report } from './types.ts';
import { type IdentifiedReport, identifyReport, type Usage } from './usage.ts';

/** The reports that wait to be sent: some megabytes. */
const MAX_WAITING = 10_000;
const MAX_PARALLEL = 4;

/** The delays double up to the longest, and add up to about a minute. */
const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 15_000;
const MAX_RETRIES = 9;

type Sleep = (milliseconds: number, signal?: AbortSignal) => Promise<void>;

/** Sends usage reports in the background, and again if there is no answer. */
export class Reporter {
  readonly #record: Usage['record'];
  readonly #counters: Counters;
  readonly #sleep: Sleep;
  readonly #waiting: IdentifiedReport[] = [];
  readonly #senders = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  #inFlight = 0;
  #isOver = false;

  constructor(record: Usage['record'], counters: Counters, sleepFor: Sleep = sleepInBackground) {
    this.#record = record;
    this.#counters = counters;
    this.#sleep = sleepFor;
  }

  /** Adds a report to those that are sent. It is dropped if too many wait, or after `close`. */
  report(report: Report): void {
    if (this.#closing.signal.aborted || this.#waiting.length >= MAX_WAITING) {
      this.#counters.dropped++;
      return;
    }
    this.#waiting.push(identifyReport(report));
    if (this.#senders.size >= MAX_PARALLEL) return;
    const sender = this.#sendWaiting().finally(() => this.#senders.delete(sender));
    this.#senders.add(sender);
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
    this.#counters.dropped += this.#waiting.splice(0).length + this.#inFlight;
    this.#inFlight = 0;
  }

  async #sendWaiting(): Promise<void> {
    for (let report = this.#waiting.shift(); report; report = this.#waiting.shift()) {
      this.#inFlight++;
      const isCounted = await this.#send(report);
      // What was in flight at the end is counted as dropped already.
      if (this.#isOver) return;
      this.#inFlight--;
      this.#counters[isCounted ? 'reported' : 'dropped']++;
    }
  }

  /** Returns whether the service counted the report. */
  async #send(report: IdentifiedReport): Promise<boolean> {
    for (let retries = 0; ; retries++) {
      try {
        await this.#record(report);
        return true;
      } catch (error) {
        const isFinal = !(error instanceof AuthUnavailable) || retries >= MAX_RETRIES;
        if (isFinal || this.#isOver) return false;
      }
      await this.#pause(retries);
    }
  }

  /** Waits before a retry, with jitter. Closing ends long pauses, so that there is a last try. */
  async #pause(retries: number): Promise<void> {
    const { signal } = this.#closing;
    if (signal.aborted) return this.#sleep(FIRST_DELAY_MS);
    const longest = Math.min(FIRST_DELAY_MS * 2 ** retries, LONGEST_DELAY_MS);
    await this.#sleep(longest * (0.5 + Math.random() / 2), signal).catch(() => {});
  }
}

/** Waits without keeping the process alive. */
function sleepInBackground(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return sleep(milliseconds, undefined, { ref: false, signal });
}
