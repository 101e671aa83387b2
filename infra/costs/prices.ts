/** A price in dollars for `per` units; each tier has the units of a month up to which it applies. */
interface Price {
  readonly per: number;
  readonly tiers: readonly { readonly upTo?: number; readonly dollars: number }[];
}

/** Returns a price without tiers, or the first tier of one that no stage is likely to exceed. */
const flat = (dollars: number, per = 1): Price => ({ per, tiers: [{ dollars }] });

const MILLION = 1_000_000;

/** The public prices of us-east-1 in November 2026, without free tiers and savings plans. */
export const PRICES = {
  /** https://aws.amazon.com/api-gateway/pricing/ */
  httpApiRequest: {
    per: MILLION,
    tiers: [{ upTo: 300 * MILLION, dollars: 1 }, { dollars: 0.9 }],
  },
  /** https://aws.amazon.com/lambda/pricing/ */
  lambdaRequest: flat(0.2, MILLION),
  /** Of an arm64 function, up to 7.5 billion a month: https://aws.amazon.com/lambda/pricing/ */
  lambdaGbSecond: flat(0.0000133334),
  /** On demand: https://aws.amazon.com/dynamodb/pricing/on-demand/ */
  readUnit: flat(0.125, MILLION),
  writeUnit: flat(0.625, MILLION),
  /** A GB stored for a month, its point-in-time recovery, and a GB restored from that. */
  storedGb: flat(0.25),
  pointInTimeGb: flat(0.2),
  restoredGb: flat(0.15),
  /** Logs of Lambda and API Gateway are vended logs: https://aws.amazon.com/cloudwatch/pricing/ */
  logGb: {
    per: 1,
    tiers: [
      { upTo: 10_000, dollars: 0.5 },
      { upTo: 30_000, dollars: 0.25 },
      { upTo: 50_000, dollars: 0.1 },
      { dollars: 0.05 },
    ],
  },
  /** Of the class Infrequent Access, up to 10 TB a month. */
  infrequentLogGb: flat(0.25),
  /** The rest is a month's: https://aws.amazon.com/cloudwatch/pricing/ */
  metric: flat(0.3),
  alarmMetric: flat(0.1),
  dashboard: flat(3),
  /** https://aws.amazon.com/xray/pricing/ */
  trace: flat(5, MILLION),
  /** https://aws.amazon.com/secrets-manager/pricing/ */
  secret: flat(0.4),
} as const satisfies Record<string, Price>;

/** Returns the dollars for an amount within a month. */
export function dollarsFor(amount: number, { per, tiers }: Price): number {
  let below = 0;
  let total = 0;
  for (const { upTo = Number.POSITIVE_INFINITY, dollars } of tiers) {
    const inTier = Math.max(0, Math.min(amount, upTo) - below);
    total += (inTier / per) * dollars;
    below = upTo;
  }
  return total;
}
