import type { Measurements } from '../../../infra/costs/measurements.ts';
import type { Results } from '../measure/all.ts';

/** Returns the part of the results that the costs are computed from. */
export function measurementsOf({
  environment,
  operations,
  sdkRatio,
  leases,
}: Results): Measurements {
  return {
    environment: { date: environment.date, commit: environment.commit },
    operations: operations.map(({ name, cpuMs, requests, reads, writes }) => ({
      name,
      cpuMs,
      requests,
      reads,
      writes,
    })),
    warmCpuMs: sdkRatio.warmCpuMs,
    leases: leases.rates.map(({ perSecond, requestsPerCall }) => ({ perSecond, requestsPerCall })),
  };
}
