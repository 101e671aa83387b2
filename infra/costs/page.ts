import { replaceSection } from '../commands/markdown-table.ts';
import { readStages, type Stage } from '../stages.ts';
import { type Basis, costTables } from './tables.ts';

export const COSTS_PAGE = 'docs/costs.md';

/** A stage with the defaults of production, whatever cdk.json says. */
export const PRODUCTION = readStages({
  production: { kind: 'production', account: '111122223333', region: 'us-east-1' },
})[0] as Stage;

/** Replaces the tables between `<!-- costs: <name> -->` and `<!-- end -->`. */
export function withCosts(markdown: string, basis: Basis): string {
  return Object.entries(costTables(basis)).reduce(
    (page, [name, table]) => replaceSection(page, `<!-- costs: ${name} -->`, table),
    markdown,
  );
}
