import { FINDINGS } from '../domain/posture.ts';
import type { CheckResult } from '../domain/posture-report.ts';
import type { Posture } from './schemas/answers/security.ts';

/** Returns a check as the API shows it, with a link to all of its keys if there are more. */
export function describeCheck(result: CheckResult): Posture['checks'][number] {
  const { check, status, count, message, keys } = result;
  const hasMore = FINDINGS.some((finding) => finding === check) && (count ?? 0) > keys.length;
  return {
    check,
    status,
    count,
    message,
    keys,
    more: hasMore ? `/api/v1/keys?finding=${check}` : null,
  };
}
