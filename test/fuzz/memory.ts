/** The heap after a number of requests. */
export interface Sample {
  readonly requests: number;
  readonly bytes: number;
}

/**
 * Returns by how many bytes the heap grows per request: the slope of the line that fits best (least
 * squares) through the samples of the second half, when the caches have filled.
 */
export function growth(samples: readonly Sample[]): number {
  const late = samples.slice(Math.floor(samples.length / 2));
  const mean = (of: (sample: Sample) => number) =>
    late.reduce((sum, sample) => sum + of(sample), 0) / late.length;
  const requests = mean((sample) => sample.requests);
  const bytes = mean((sample) => sample.bytes);
  const covariance = mean((sample) => (sample.requests - requests) * (sample.bytes - bytes));
  const variance = mean((sample) => (sample.requests - requests) ** 2);
  return variance === 0 ? 0 : covariance / variance;
}
