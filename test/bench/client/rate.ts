import { type Auth, createAuth, type Valid } from '../../../client/src/index.ts';
import { pace } from '../pace.ts';
import type { MeasuredRate, RateTask } from './task.ts';

/** The first use of an answer of the service. */
interface FirstUse {
  readonly at: number;
  /** The validations before it. */
  readonly requests: number;
  readonly calls: number;
  readonly rateLimit: Valid['rateLimit'];
}

/**
 * Validates a key at an even rate. The measurement begins and ends with the first use of an answer,
 * so that the requests of each lease are compared with the uses of the same lease.
 */
export async function measureRate(task: RateTask): Promise<MeasuredRate> {
  const { url, key, perSecond, warmUp, seconds } = task;
  const auth = createAuth({ url, serviceId: 'prediction' });
  const measureFrom = performance.now() + warmUp * 1000;
  const firstUses = await useAnswers(
    auth,
    key,
    Math.round((warmUp + seconds) * perSecond),
    perSecond,
  );
  await auth.close();
  const measured = firstUses.filter(({ at }) => at >= measureFrom);
  const [first, last] = [measured[0], measured.at(-1)];
  if (!first || !last) throw new Error(`no answer of the service at ${perSecond} requests/s`);
  return {
    requests: last.requests - first.requests,
    calls: last.calls - first.calls,
    counted: countedUntil(measured),
  };
}

/** Validates `count` times and returns the first use of each answer. */
async function useAnswers(
  auth: Auth,
  key: string,
  count: number,
  perSecond: number,
): Promise<readonly FirstUse[]> {
  const firstUses: FirstUse[] = [];
  let latest: Valid | undefined;
  let requests = 0;
  await pace(count, perSecond, async () => {
    const validation = await auth.validate({ key, scope: 'predict' });
    if (!validation.valid) throw new Error(validation.error);
    // A lease gives the same object for each of its requests.
    if (validation !== latest) {
      const { rateLimit } = validation;
      firstUses.push({ at: performance.now(), requests, calls: auth.stats().calls, rateLimit });
    }
    latest = validation;
    requests++;
  });
  return firstUses;
}

/** Returns the requests that were counted against the hourly limit after the first use. */
function countedUntil(firstUses: readonly FirstUse[]): number {
  return firstUses.slice(1).reduce((counted, { rateLimit: { limit, remaining, resetAt } }, i) => {
    const before = firstUses[i]?.rateLimit;
    // A lease ends with its hour.
    return counted + (before?.resetAt === resetAt ? before.remaining : limit) - remaining;
  }, 0);
}
