import type { Clock } from './clock.ts';
import { zeroCounters } from './counters.ts';
import { createPost } from './http-post.ts';
import { requireKnown, requireRestrictions } from './known-options.ts';
import { createMiddleware, type Middleware } from './middleware/create-middleware.ts';
import { Reporter } from './reporter.ts';
import { createAsk } from './service.ts';
import type { AuthCore, AuthOptions } from './types.ts';
import { createUsage } from './usage.ts';
import { Validator } from './validator.ts';

const TIMEOUT_MS = 5000;
const MAX_TIMEOUT_MS = 600_000;

const OPTIONS = [
  'url',
  'serviceId',
  'environment',
  'leases',
  'timeoutMs',
  'onValidate',
  'onUnavailable',
  'onDropped',
] satisfies (keyof AuthOptions)[];

const systemClock: Clock = { now: () => performance.now(), wallClock: () => Date.now() };

/** A client of the API-key service. */
export type Auth = Omit<AuthCore, 'check'> & Middleware;

/**
 * Creates a client of the API-key service. A process needs one, which it keeps.
 * @throws TypeError if an option does not exist or is not usable
 * @throws RangeError if the time-out is not from 1 to 600,000 milliseconds
 */
export function createAuth(options: AuthOptions): Auth {
  const { url, serviceId, timeoutMs = TIMEOUT_MS } = options;
  requireKnown(options, OPTIONS, 'createAuth');
  requireRestrictions(options);
  checkService(serviceId);
  checkTimeout(timeoutMs);
  const counters = zeroCounters();
  const post = createPost(url, timeoutMs);
  const ask = createAsk(post, options);
  const usage = createUsage(post, serviceId);
  const reporter = new Reporter(usage.record, counters, options.onDropped);
  const validator = new Validator(
    (request, leaseRequests, leftMs) => {
      counters.calls++;
      return ask(request, leaseRequests, leftMs);
    },
    systemClock,
    { ...options, timeoutMs },
    counters,
  );
  const core: AuthCore = {
    validate: (request) => validator.validate(request),
    check: (request, failsOpen) => validator.check(request, failsOpen),
    report: (report) => reporter.report(report),
    debit: (debit) => usage.debit(debit),
    stats: () => ({ ...counters }),
    close: async ({ timeoutMs: flushMs = TIMEOUT_MS } = {}) => {
      validator.close();
      await reporter.close(flushMs);
    },
  };
  return { ...core, ...createMiddleware(core) };
}

function checkService(serviceId: unknown): void {
  if (typeof serviceId === 'string' && serviceId !== '') return;
  throw new TypeError('serviceId must be a string that is not empty');
}

function checkTimeout(timeoutMs: unknown): void {
  if (typeof timeoutMs !== 'number') throw new TypeError('timeoutMs must be a number');
  if (Number.isInteger(timeoutMs) && timeoutMs >= 1 && timeoutMs <= MAX_TIMEOUT_MS) return;
  throw new RangeError(
    `timeoutMs must be a whole number from 1 to ${MAX_TIMEOUT_MS}, not ${timeoutMs}`,
  );
}
