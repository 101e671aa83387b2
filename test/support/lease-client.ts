import { setTimeout as delay } from 'node:timers/promises';
import { createAuth } from '../../client/src/index.ts';

/** What a client process has seen of a key. */
export interface Seen {
  /**
   * The start of the last validation that was accepted on these terms, in nanoseconds of the clock
   * that all processes of a machine share.
   */
  readonly accepted: Record<string, { count: number; lastStart: string }>;
  /** The refusals by code. */
  readonly refused: Record<string, number>;
}

const [url = ''] = process.argv.slice(2);
const auth = createAuth({ url, serviceId: 'prediction' });
const seen = new Map<string, Seen>();

/** Validates a key as fast as an application that also does something else. */
async function use(name: string, key: string): Promise<void> {
  const { accepted, refused }: Seen = { accepted: {}, refused: {} };
  seen.set(name, { accepted, refused });
  while (process.connected) {
    for (let i = 0; i < 10; i++) {
      const lastStart = String(process.hrtime.bigint());
      const result = await auth.validate({ key }).catch(() => undefined);
      if (result?.valid) {
        const terms = JSON.stringify([result.scopes, result.rateLimitPerHour]);
        accepted[terms] = { count: (accepted[terms]?.count ?? 0) + 1, lastStart };
      } else if (result) {
        refused[result.code] = (refused[result.code] ?? 0) + 1;
      }
    }
    await delay(20);
  }
}

process.on('message', (message: 'report' | Record<string, string>) => {
  if (message === 'report') {
    process.send?.({ seen: Object.fromEntries(seen), stats: auth.stats() });
    return;
  }
  for (const [name, key] of Object.entries(message)) void use(name, key);
});
