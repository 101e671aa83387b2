import { number } from '../../infra/capacity/format.ts';
import { markdownTable } from '../../infra/commands/markdown-table.ts';
import type { Outcome } from './run.ts';

/** As many examples of each rule as help to find the cause. */
const EXAMPLES = 5;

/** Returns what a run met, in one line. */
export function describeOutcome(outcome: Outcome): string {
  const { seed, operations, local, faults, open, slowestMs, violations } = outcome;
  const met = Object.entries(faults).map(([name, count]) => `${name} ${count}`);
  return `Seed ${seed}: ${number(operations)} operations, ${number(local)} of them answered from leases; ${met.join(', ')}; ${number(open)} open; the slowest answer took ${Math.round(slowestMs)} ms: ${violations.length === 0 ? 'no rule was broken' : `${violations.length} violations`}.`;
}

/** Returns the broken rules with examples. */
export function describeViolations({ seed, violations }: Outcome): string {
  const rules = [...new Set(violations.map(({ rule }) => rule))];
  return rules
    .map((rule) => {
      const broken = violations.filter((violation) => violation.rule === rule);
      const examples = broken.slice(0, EXAMPLES).map(({ what }) => `  - ${what}`);
      return `Seed ${seed} broke the rule that ${rule}, ${broken.length} times:\n${examples.join('\n')}`;
    })
    .join('\n');
}

/** Returns the table of runs for the page. */
export function outcomesTable(outcomes: readonly Outcome[]): string {
  const apart = ['outage', 'kill of the service', 'kill of the database'];
  const rows = outcomes.map(({ seed, operations, local, faults, open, violations }) => {
    const count = (names: readonly string[]) =>
      names.reduce((sum, name) => sum + (faults[name] ?? 0), 0);
    const others = Object.keys(faults).filter((name) => !apart.includes(name));
    return [
      String(seed),
      number(operations),
      number(local),
      number(count(others)),
      ...apart.map((name) => String(count([name]))),
      number(open),
      String(violations.length),
    ];
  });
  const head = [
    'Seed',
    'Operations',
    'From leases',
    'Faults',
    'Outages',
    'Kills of the service',
    'Kills of the database',
    'Open',
    'Violations',
  ];
  return markdownTable([head, ...rows]);
}
