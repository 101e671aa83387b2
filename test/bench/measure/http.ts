import autocannon from 'autocannon';
import { keyNumber } from '../keys.ts';
import type { Bench } from '../setup.ts';

const CONNECTIONS = 16;

/** Measures validations over HTTP through the local gateway. */
export async function measureHttp({ start, progress }: Bench) {
  const worker = await start(1_000);
  const url = await worker.serve();
  progress('validating over HTTP', 0);
  const result = await autocannon({
    url: `${url}/api/v1/keys/validate`,
    method: 'POST',
    headers: { 'x-api-key': keyNumber(1).text, 'content-type': 'application/json' },
    body: JSON.stringify({ client_ip: '192.0.2.1' }),
    connections: CONNECTIONS,
    duration: 5,
  });
  progress('validating over HTTP', 1);
  return {
    connections: CONNECTIONS,
    perSecond: result.requests.average,
    medianMs: result.latency.p50,
    p99Ms: result.latency.p99,
    not2xx: result.non2xx,
  };
}
