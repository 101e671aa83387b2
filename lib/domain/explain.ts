import { DECISION_CHECKS, type RefusalCode } from './decide.ts';
import { type CheckName, environmentOf, type Facts } from './explain-facts.ts';
import { REASONS } from './explain-reasons.ts';
import { hasValidChecksum, maskKeysIn } from './key.ts';

export const CHECK_RESULTS = ['passed', 'failed', 'not_checked'] as const;

/** The outcome of one check of a validation. */
export interface CheckOutcome {
  readonly check: CheckName;
  readonly result: (typeof CHECK_RESULTS)[number];
  /** The reason for which the key is refused if this check is the first that fails. */
  readonly code: RefusalCode | null;
  /** A sentence for people. It contains no key, however the key was presented. */
  readonly reason: string;
}

/** What a validation would answer now, and why. */
export interface Explanation {
  readonly found: Facts['found'];
  readonly checks: readonly CheckOutcome[];
  /** The code of the first check that failed. */
  readonly refusal: RefusalCode | undefined;
}

interface Check {
  readonly check: CheckName;
  readonly code: RefusalCode;
  /** Returns undefined if too little is known for the check. */
  readonly passes: (facts: Facts) => boolean | undefined;
}

/** Every check of a validation, in its order. */
const CHECKS: readonly Check[] = [
  {
    check: 'format',
    code: 'invalid_key',
    passes: ({ presented: { kind } }) => (kind === 'key_id' ? undefined : kind === 'key'),
  },
  {
    check: 'deployment',
    code: 'environment_mismatch',
    passes: (facts) => {
      const environment = environmentOf(facts);
      return environment && facts.environments.includes(environment);
    },
  },
  {
    check: 'checksum',
    code: 'invalid_key',
    passes: ({ presented }) =>
      presented.kind === 'key' ? hasValidChecksum(presented.key) : undefined,
  },
  {
    check: 'exists',
    code: 'invalid_key',
    passes: ({ presented: { kind }, found }) =>
      kind === 'malformed' ? undefined : found !== undefined,
  },
  { check: 'secret', code: 'invalid_key', passes: ({ found }) => found?.isSecretRight },
  ...DECISION_CHECKS.map(
    ({ check, code, field, refuses }): Check => ({
      check,
      code,
      passes: ({ found, request, now }) =>
        found && (field === undefined || request[field] !== undefined)
          ? !refuses(found.record, request, now, found.allows)
          : undefined,
    }),
  ),
  {
    check: 'hourly_limit',
    code: 'rate_limited',
    passes: ({ found }) => found && !found.limits.hour.isReached,
  },
  {
    check: 'monthly_limit',
    code: 'monthly_limit_exceeded',
    passes: ({ found }) => found && !found.limits.month.isReached,
  },
];

export const CHECK_NAMES = CHECKS.map(({ check }) => check);

/** Makes every check of a validation, also those after one that failed. */
export function explain(facts: Facts): Explanation {
  const checks = CHECKS.map(({ check, code, passes }): CheckOutcome => {
    const passed = passes(facts);
    return {
      check,
      result: passed === undefined ? 'not_checked' : passed ? 'passed' : 'failed',
      code: passed === false ? code : null,
      reason: maskKeysIn(REASONS[check](facts)),
    };
  });
  const refusal = checks.find(({ code }) => code !== null)?.code ?? undefined;
  return { found: facts.found, checks, refusal };
}
