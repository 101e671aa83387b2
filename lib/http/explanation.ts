import type { RefusalCode } from '../domain/decide.ts';
import type { Explanation } from '../domain/explain.ts';
import type { FoundKey, Presented } from '../domain/explain-facts.ts';
import { parseKey } from '../domain/key.ts';
import type { LimitUse } from '../domain/limits.ts';
import { describeKey } from './describe-key.ts';
import type { ReplyTo } from './openapi/operations.ts';
import type { ExplainBody } from './schemas/explain-body.ts';
import { REFUSALS } from './validation.ts';

/** Returns what a request presents of the key that it asks about. */
export function presentedIn({ api_key, key_id = '' }: ExplainBody): Presented {
  if (!api_key) return { kind: 'key_id', keyId: key_id.toLowerCase() };
  const key = parseKey(api_key);
  return key ? { kind: 'key', key } : { kind: 'malformed', text: api_key };
}

/** Makes the answer with an explanation. */
export function explanationReply(
  { checks, refusal, found }: Explanation,
  now: Date,
): ReplyTo<'POST /api/v1/keys/explain'> {
  return {
    status: 200,
    body: {
      clock: now.toISOString(),
      verdict: verdictOf(refusal),
      checks,
      key: found ? describeKey(found, now) : null,
      limits: found ? describeLimits(found) : null,
    },
    log: found && { key_id: found.record.key_id, key_prefix: found.record.key_prefix },
  };
}

/** Returns what a validation would answer, without what a valid key grants. */
function verdictOf(code: RefusalCode | undefined) {
  if (!code) return { is_valid: true, status: 200, code: null, error: null } as const;
  const { status, error } = REFUSALS[code];
  return { is_valid: false, status, code, error };
}

function describeLimits({ limits: { hour, month }, countedOn }: FoundKey) {
  return { hour: describeUse(hour), month: describeUse(month), counted_on: countedOn };
}

function describeUse<Amount extends number | null>(use: LimitUse<Amount>) {
  return {
    limit: use.limit,
    used: use.used,
    remaining: use.remaining,
    starts_at: use.startsAt.toISOString(),
    ends_at: use.endsAt.toISOString(),
  };
}
