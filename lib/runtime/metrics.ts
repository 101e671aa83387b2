import type { Context } from 'aws-lambda';
import { requireEnv, VARIABLES } from '../environment.ts';

/**
 * The sets of dimensions of the metrics. CloudWatch bills each combination of values as a metric of
 * its own, so no dimension may hold a value that a caller can choose freely.
 */
export const DIMENSIONS = {
  overall: [[]],
  overallAndByOutcome: [[], ['outcome'], ['outcome', 'service_id']],
  byCheck: [['check']],
  byToken: [['token']],
  byVersion: [['function', 'version']],
};

const METRICS = {
  /**
   * From the receipt by API Gateway to the answer, including a cold start. Its sample count is the
   * number of validations: a metric of its own would make each line a quarter longer.
   */
  ValidationLatency: { unit: 'Milliseconds', kept: 'overallAndByOutcome' },
  /** Validations answered with 401. */
  FailedValidations: { unit: 'Count', kept: 'overall' },
  AdminAuthenticationFailures: { unit: 'Count', kept: 'overall' },
  /** Of administrators, auditors and services, by the name of their token. */
  TokenRequests: { unit: 'Count', kept: 'byToken' },
  /** With a token whose role does not allow the request. */
  ForbiddenRequests: { unit: 'Count', kept: 'overall' },
  /** Only of keys with a right checksum: anybody can invent a prefix. */
  EnvironmentMismatches: { unit: 'Count', kept: 'overall' },
  /** Every 4xx answer of the functions. API Gateway's own, such as its 429, are not among them. */
  ClientErrors: { unit: 'Count', kept: 'overall' },
  /**
   * Every 5xx answer, by the function and its version: Lambda's own metric `Errors` has only crashes
   * and time-outs. API Gateway's metric has both, but not which version answered.
   */
  ServerErrors: { unit: 'Count', kept: 'byVersion' },
  KeysDueForRotation: { unit: 'Count', kept: 'overall' },
  /** The keys of each finding of the daily check of all keys. */
  PostureFindings: { unit: 'Count', kept: 'byCheck' },
  /** The keys in use, when a check of all keys has completed. */
  KeysAssessed: { unit: 'Count', kept: 'overall' },
  /** Entries of the usage log that could not be added to the totals. */
  UnreadableReports: { unit: 'Count', kept: 'overall' },
} as const;

export type MetricName = keyof typeof METRICS;

export interface Measurement {
  readonly values: { readonly [name in MetricName]?: number };
  readonly dimensions?: Readonly<Record<string, string>>;
}

/** The part of Lambda's context that names the version of a function. */
export type Version = Pick<Context, 'functionName' | 'functionVersion'>;

/** Adds the metrics of every answer to those of its route. */
export function measureStatus(
  status: number,
  { functionName, functionVersion }: Version,
  measured?: Measurement,
): Measurement | undefined {
  if (status < 400) return measured;
  if (status < 500) return { ...measured, values: { ClientErrors: 1, ...measured?.values } };
  return {
    values: { ServerErrors: 1, ...measured?.values },
    dimensions: { function: functionName, version: functionVersion, ...measured?.dimensions },
  };
}

/**
 * Returns the members of a log line from which CloudWatch reads metrics: embedded metric format
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
