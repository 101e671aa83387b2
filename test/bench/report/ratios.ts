import type { Check } from '../client/task.ts';
import type { Results } from '../measure/all.ts';
import type { OperationName } from '../operations.ts';
import { round } from '../statistics.ts';

/** The rate, in requests per second, whose saving is shown. */
const RATE = 100;

export interface Ratio {
  readonly name: string;
  readonly value: number;
}

/** Returns the ratios that should hold on any machine. */
export function ratiosOf({
  operations,
  sdkRatio,
  growth,
  load,
  leases,
}: Results): readonly Ratio[] {
  const quotient = (of: OperationName, by: OperationName, field: 'cpuMs' | 'perSecond1') => {
    const measured = (name: OperationName) =>
      operations.find((row) => row.name === name)?.[field] ?? Number.NaN;
    return measured(of) / measured(by);
  };
  const { warmCpuMs, sdkCpuMs, cpuRatio } = sdkRatio;
  return [
    {
      name: `CPU of a warm validation (${warmCpuMs} ms) ÷ the SDK alone (${sdkCpuMs} ms)`,
      value: cpuRatio,
    },
    {
      name: 'CPU of a validation by bcrypt ÷ by digest',
      value: round(quotient('validate, bcrypt only', 'validate cold', 'cpuMs'), 0),
    },
    {
      name: 'throughput of a key over its limit ÷ of a valid key',
      value: round(quotient('validate, over limit', 'validate warm', 'perSecond1'), 1),
    },
    ...growth.flatMap(({ name, sizes, mediansMs: [base, ...medians], ratios }) =>
      medians.map((ms, i) => ({
        name: `${name}: ${keys(sizes[i + 1])} (${ms} ms) ÷ ${keys(sizes[0])} (${base} ms)`,
        value: ratios[i + 1] ?? Number.NaN,
      })),
    ),
    { name: 'p99 with reports for the same key ÷ with no reports', value: load.p99Ratio },
    {
      name: 'p99 with reports for the same key ÷ for another key',
      value: load.p99RatioToAnother,
    },
    ...leaseRatios(leases, warmCpuMs),
  ];
}

function leaseRatios({ apps, rates, localCpuMicroseconds }: Results['leases'], warmCpuMs: number) {
  const connections = Math.max(...apps.map((row) => row.connections));
  const appWith = (check: Check) =>
    apps.find((row) => row.check === check && row.connections === connections);
  const perSecondWith = (check: Check) => appWith(check)?.perSecond ?? Number.NaN;
  const application = `Express application, ${connections} connections: requests/s with leases`;
  return [
    { name: `${application} ÷ without a check`, value: appWith('leases')?.ratio ?? Number.NaN },
    {
      name: `${application} ÷ with a call for each`,
      value: round(perSecondWith('leases') / perSecondWith('calls'), 1),
    },
    {
      name: `calls at ${RATE} requests/s: without leases ÷ with leases`,
      value: rates.find(({ perSecond }) => perSecond === RATE)?.requestsPerCall ?? Number.NaN,
    },
    {
      name: `CPU of a warm validation (${warmCpuMs} ms) ÷ from a lease (${localCpuMicroseconds} µs)`,
      value: round((warmCpuMs * 1000) / localCpuMicroseconds, 0),
    },
  ];
}

const keys = (count = Number.NaN) => `${count.toLocaleString('en')} keys`;
