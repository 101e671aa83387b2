import type { Results } from '../measure/all.ts';
import type { OperationName } from '../operations.ts';
import { round } from '../statistics.ts';

export interface Ratio {
  readonly name: string;
  readonly value: number;
}

/** Returns the ratios that should hold on any machine. */
export function ratiosOf({ operations, sdkRatio, growth, load }: Results): readonly Ratio[] {
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
  ];
}

const keys = (count = Number.NaN) => `${count.toLocaleString('en')} keys`;
