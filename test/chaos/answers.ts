import type { Answer } from './client.ts';
import type { Accepted, Refused } from './history.ts';
import { now } from './processes.ts';

/** Asks, and returns the answer with the time that it took. */
export async function timed(process: number, ask: () => Promise<Answer>) {
  const from = now();
  const answer = await ask();
  return { process, from, to: now(), status: answer.status, answer };
}

/** Returns the result of a request that changes a key. */
export function changed({ status }: Answer): 'done' | 'open' | 'revoked' {
  if (status === 200) return 'done';
  return status === 409 ? 'revoked' : 'open';
}

/** Returns the result of a validation that was asked for by a plain request. */
export function toResult({ status, body }: Answer): Accepted | Refused | { kind: 'open' } {
  if (status === 200) {
    const { scopes, rate_limit_per_hour, monthly_prediction_limit, rate_limit } = body;
    return {
      kind: 'accepted',
      scopes,
      rate_limit_per_hour,
      monthly_prediction_limit,
      count: rate_limit.limit - rate_limit.remaining,
      resetAt: rate_limit.reset_at,
    };
  }
  return body?.code === undefined ? { kind: 'open' } : { kind: 'refused', code: body.code };
}

/**
 * Returns what an answer with an audit trail says is wrong with it. An entry lacks its seal if its
 * process has just started and Secrets Manager gives no answer, which no change waits for.
 */
export function messagesOf({ body }: Answer): string[] {
  const findings: { problem: string; message: string }[] = body.findings;
  return findings
    .filter(({ problem }) => problem !== 'unsealed_entry')
    .map(({ message }) => message);
}
