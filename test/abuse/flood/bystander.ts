import { setTimeout as delay } from 'node:timers/promises';
import { createTarget } from './target.ts';

/** Low enough that the bystander is no load itself. */
const PAUSE_MS = 20;

export interface Bystander {
  /** The times of its validations. */
  readonly milliseconds: readonly number[];
  /** The number of those that were not answered with 200. */
  readonly refused: number;
}

/**
 * Creates a key that the process then knows.
 * @returns a function that starts to validate it, one request after another, and returns one that
 *   stops that
 */
export async function prepareBystander(url: string, token: string) {
  const { create, validate } = createTarget(url, token);
  const { api_key } = await create({ rate_limit_per_hour: 100_000 });
  await validate(api_key);
  return () => {
    const milliseconds: number[] = [];
    let refused = 0;
    let isStopped = false;
    const validateAgain = async () => {
      while (!isStopped) {
        const began = performance.now();
        if ((await validate(api_key)) !== 200) refused++;
        milliseconds.push(performance.now() - began);
        await delay(PAUSE_MS);
      }
    };
    const running = validateAgain();
    return async (): Promise<Bystander> => {
      isStopped = true;
      await running;
      return { milliseconds, refused };
    };
  };
}
