import { leaseMs } from '../../../lib/environment.ts';
import { LEASED_KEYS } from '../constants.ts';
import { keyNumber } from '../keys.ts';
import type { Bench } from '../setup.ts';
import { round } from '../statistics.ts';

const RATES = [1, 10, 100, 1000];
const WARM_UP_LEASES = 4;
const MEASURED_LEASES = 10;

/** Measures how many calls of the service are left with leases, at even rates of one key each. */
export async function measureLeaseRates({ startClient, progress }: Bench, service: string) {
  const seconds = (leases: number) => (leases * leaseMs()) / 1000;
  progress('validating from leases at even rates', 0);
  const rates = await Promise.all(
    RATES.map(async (perSecond, i) => {
      const { requests, calls, counted } = await (await startClient()).measureRate({
        url: service,
        key: keyNumber(LEASED_KEYS + i).text,
        perSecond,
        warmUp: seconds(WARM_UP_LEASES),
        seconds: seconds(MEASURED_LEASES),
      });
      return {
        perSecond,
        requestsPerCall: round(requests / calls, 1),
        unusedPercent: round((1 - requests / counted) * 100, 1),
      };
    }),
  );
  progress('validating from leases at even rates', 1);
  return rates;
}
