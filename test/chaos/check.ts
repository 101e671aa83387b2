import type { History } from './history.ts';
import { answers, recovery } from './rules/answers.ts';
import { changes, trails } from './rules/changes.ts';
import { decisions } from './rules/decisions.ts';
import { limits } from './rules/limits.ts';
import { requested } from './rules/requested.ts';
import type { Rule } from './rules/rule.ts';
import { seals } from './rules/seals.ts';
import { monthLimits, totals, usageLog } from './rules/usage.ts';
import { timelinesOf } from './timeline.ts';

export const RULES: readonly Rule[] = [
  decisions,
  limits,
  monthLimits,
  changes,
  requested,
  trails,
  seals,
  usageLog,
  totals,
  answers,
  recovery,
];

/** Something in a history that breaks a rule. */
export interface Violation {
  readonly rule: string;
  readonly what: string;
}

/** Checks the history of a run against the rules. */
export function check(history: History): Violation[] {
  const timelines = timelinesOf(history);
  return RULES.flatMap(({ name, find }) =>
    find(history, timelines).map((what) => ({ rule: name, what })),
  );
}
