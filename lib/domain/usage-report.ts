/** One request that a service has served for a key. */
export interface Usage {
  readonly service_id: string;
  readonly endpoint: string;
  /** 0: not known yet, because the service debits before it serves. */
  readonly status_code: number;
  readonly response_time_ms: number;
  readonly predictions_count: number;
  readonly compute_ms: number;
  readonly model_id?: string;
}

/** Whether predictions are counted in any case, or only within the monthly limit. */
export type Charge = 'record' | 'debit';

/** A report as the usage log keeps it. The log is what is billed. */
export interface LogEntry extends Usage {
  readonly key_id: string;
  /** Identifies the report within its key's log: {@link entryName}. */
  readonly name: string;
  readonly charge: Charge;
  /** When API Gateway received the report; it counts in this UTC day and month. */
  readonly at: string;
  /** The request that wrote it: a retry whose first answer was lost finds its own entry. */
  readonly request_id: string;
}

/** Returns a report's name in its key's log. An idempotency key never equals a request id. */
export function entryName(idempotencyKey: string | undefined, requestId: string): string {
  return idempotencyKey === undefined ? `request#${requestId}` : `report#${idempotencyKey}`;
}

/**
 * Returns whether two reports would be billed the same. Measurements such as `response_time_ms`
 * may differ when a report is sent again.
 */
export function isSameReport(a: LogEntry, b: LogEntry): boolean {
  return (
    a.charge === b.charge &&
    a.service_id === b.service_id &&
    a.endpoint === b.endpoint &&
    a.predictions_count === b.predictions_count
  );
}

/** Returns whether the request that was served failed. */
export function isError(usage: Usage): boolean {
  return usage.status_code >= 400;
}

/** Returns the UTC month that a report counts in: `2026-11`. */
export function monthIn({ at }: LogEntry): string {
  return at.slice(0, 7);
}

/** Returns the UTC day that a report counts in: `2026-11-23`. */
export function dayIn({ at }: LogEntry): string {
  return at.slice(0, 10);
}
