import type { Server } from 'node:http';
import { MINUTE_MS } from '../../lib/domain/time.ts';
import { repeat } from './repeat.ts';

/**
 * Assesses all keys at once and then every minute in which the server had a request, so that a change
 * shows in the security posture soon; a deployment does it once a day.
 * @returns a function that stops it and resolves when the current page is done
 */
export async function assessEveryMinute(server: Server): Promise<() => Promise<void>> {
  // Loaded when the environment is complete, because it reads it on load.
  const { assessPosture } = await import('../../lib/service/assess-posture.ts');
  let isIdle = false;
  server.on('request', () => {
    isIdle = false;
  });
  return repeat(async (isStopped) => {
    if (isIdle) return MINUTE_MS;
    isIdle = true;
    const now = new Date();
    await assessPosture(now, now, () => !isStopped());
    return MINUTE_MS;
  }, MINUTE_MS);
}
