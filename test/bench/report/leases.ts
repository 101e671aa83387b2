import type { Check } from '../client/task.ts';
import type { Results } from '../measure/all.ts';
import { markdownTable } from './table.ts';

const CHECKS: Readonly<Record<Check, string>> = {
  none: 'none',
  calls: 'a call for each request',
  leases: 'leases',
};

export const appsTable = ({ leases: { apps } }: Results) =>
  markdownTable(
    {
      'Check of keys': ({ check }) => CHECKS[check],
      connections: ({ connections }) => connections,
      'requests/s': ({ perSecond }) => perSecond,
      'median ms': ({ medianMs }) => medianMs,
      'p99 ms': ({ p99Ms }) => p99Ms,
      'requests/s ÷ those without a check': ({ ratio }) => ratio,
    },
    apps,
  );

export const leaseRatesTable = ({ leases: { leaseMs, rates } }: Results) =>
  markdownTable(
    {
      [`Requests/s with a key, leases of ${leaseMs / 1000} s`]: ({ perSecond }) =>
        perSecond.toLocaleString('en'),
      'requests per call': ({ requestsPerCall }) => requestsPerCall,
      'never used, %': ({ unusedPercent }) => unusedPercent,
    },
    rates,
  );

export const localValidation = ({ leases: { localCpuMicroseconds } }: Results) =>
  `A validation from a lease takes ${localCpuMicroseconds} µs of processor time.`;
