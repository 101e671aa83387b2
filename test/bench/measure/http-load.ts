import autocannon from 'autocannon';
import { quantile } from '../statistics.ts';

const WARM_UP_MS = 1000;
const MEASURED_MS = 1000;

export interface Load {
  readonly perSecond: number;
  readonly medianMs: number;
  readonly p99Ms: number;
}

/**
 * Sends requests with a key on a number of connections, each as soon as the one before is answered.
 * The beginning is left out, in which connections are opened and leases grow.
 */
export async function applyLoad(url: string, key: string, connections: number): Promise<Load> {
  // autocannon itself rounds response times to whole milliseconds.
  const times: number[] = [];
  const from = performance.now() + WARM_UP_MS;
  const until = from + MEASURED_MS;
  const { non2xx, errors } = await autocannon({
    url,
    headers: { authorization: `Bearer ${key}` },
    connections,
    duration: (WARM_UP_MS + MEASURED_MS) / 1000,
    sampleInt: 100,
    setupClient: (client) => {
      client.on('response', (_status, _bytes, ms) => {
        const now = performance.now();
        if (now >= from && now < until) times.push(ms);
      });
    },
  });
  if (non2xx + errors > 0) throw new Error(`${url}: ${non2xx} requests refused, ${errors} failed`);
  return {
    perSecond: (times.length / MEASURED_MS) * 1000,
    medianMs: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
  };
}
