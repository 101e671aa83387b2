import { readStages, type Stage } from '../stages.ts';

export const COSTS_PAGE = 'docs/costs.md';

/** A stage with the defaults of production, whatever cdk.json says. */
export const PRODUCTION = readStages({
  production: { kind: 'production', account: '111122223333', region: 'us-east-1' },
})[0] as Stage;
