import { requireEnv, VARIABLES } from '../environment.ts';

/**
 * The sets of dimensions that metrics are kept by. CloudWatch bills each combination of values as a
 * metric of its own, so no dimension may hold what a caller makes up.
 */
const DIMENSIONS = { overall: [[]], byOutcome: [['outcome'], ['outcome', 'service_id']] };

const METRICS = {
  Validations: { unit: 'Count', kept: 'byOutcome' },
  /** 1 for a key that was refused, 0 for one that was valid: the sum is how many, the average which share. */
  FailedValidations: { unit: 'Count', kept: 'overall' },
  /** From API Gateway's receipt to the answer: a cold start counts. */
  ValidationLatency: { unit: 'Milliseconds', kept: 'overall' },
  AdminAuthenticationFailures: { unit: 'Count', kept: 'overall' },
  /** Only of keys that can be real: a prefix alone is anybody's to write. */
  EnvironmentMismatches: { unit: 'Count', kept: 'overall' },
  /** Every 4xx answer of ours: the 4xx that API Gateway counts beyond these are its own, such as its 429. */
  ClientErrors: { unit: 'Count', kept: 'overall' },
  KeysDueForRotation: { unit: 'Count', kept: 'overall' },
  /** Entries of the usage log that could not be added to the totals. */
  UnreadableReports: { unit: 'Count', kept: 'overall' },
} as const;

export type MetricName = keyof typeof METRICS;

export interface Measurement {
  readonly values: { readonly [name in MetricName]?: number };
  readonly dimensions?: Readonly<Record<string, string>>;
}

/** Adds what is counted of every answer to what its route measures. */
export function measureStatus(status: number, measured?: Measurement): Measurement | undefined {
  if (status < 400 || status > 499) return measured;
  return { ...measured, values: { ClientErrors: 1, ...measured?.values } };
}

/**
 * The members by which CloudWatch reads metrics out of a log line: embedded metric format
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
 */
export function metricMembers({ values, dimensions }: Measurement, now: Date) {
  const Namespace = requireEnv(VARIABLES.stackName);
  const names = Object.keys(values) as MetricName[];
  const directives = Object.entries(DIMENSIONS).map(([kept, Dimensions]) => ({
    Namespace,
    Dimensions,
    Metrics: names
      .filter((name) => METRICS[name].kept === kept)
      .map((Name) => ({ Name, Unit: METRICS[Name].unit })),
  }));
  return {
    _aws: {
      Timestamp: now.getTime(),
      CloudWatchMetrics: directives.filter(({ Metrics }) => Metrics.length > 0),
    },
    ...dimensions,
    ...values,
  };
}
