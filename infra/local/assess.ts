import { MINUTE_MS } from '../../lib/domain/time.ts';
import { repeat } from './repeat.ts';

/**
 * Assesses all keys at once and then every minute, so that a change shows in the security posture
 * soon; a deployment does it once a day.
 * @returns a function that stops it and resolves when the current page is done
 */
export async function assessEveryMinute(): Promise<() => Promise<void>> {
  // Loaded when the environment is complete, because it reads it on load.
  const { assessPosture } = await import('../../lib/service/assess-posture.ts');
  return repeat(async (isStopped) => {
    const now = new Date();
    await assessPosture(now, now, () => !isStopped());
    return MINUTE_MS;
  }, MINUTE_MS);
}
