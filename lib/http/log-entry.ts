import { type Charge, entryName, type LogEntry, type Usage } from '../domain/usage-report.ts';
import type { Call } from './request.ts';

/** Returns the log entry of the usage report in a request. */
export function logEntry(
  { body, keyId, requestId, now }: Call<Usage & { idempotency_key?: string }>,
  charge: Charge,
): LogEntry {
  const { idempotency_key, ...usage } = body;
  return {
    key_id: keyId,
    name: entryName(idempotency_key, requestId),
    charge,
    at: now.toISOString(),
    request_id: requestId,
    ...usage,
  };
}
