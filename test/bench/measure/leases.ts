import { leaseMs } from '../../../lib/environment.ts';
import { LEASED_KEYS } from '../constants.ts';
import { keyNumber } from '../keys.ts';
import type { Bench } from '../setup.ts';
import { round } from '../statistics.ts';
import { measureApps } from './apps.ts';
import { measureLeaseRates } from './lease-rates.ts';

/** Measures the client library in front of the service. */
export async function measureLeases(bench: Bench) {
  const service = await (await bench.start(1_000)).serve();
  const apps = await measureApps(bench, service);
  const rates = await measureLeaseRates(bench, service);
  const client = await bench.startClient();
  const { cpuMicroseconds } = await client.measureLocal({ key: keyNumber(LEASED_KEYS).text });
  return { leaseMs: leaseMs(), apps, rates, localCpuMicroseconds: round(cpuMicroseconds) };
}
