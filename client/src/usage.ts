import { randomUUID } from 'node:crypto';
import { AuthRejected, type AuthUnavailable } from './errors.ts';
import { type HttpAnswer, isWellFormed, type Post, readJson, unusable } from './http-post.ts';
import type { Debit, DebitOutcome, Report } from './types.ts';
import type { OverLimit, UsageDebited, UsageReport } from './wire.ts';

/** A report that the service can recognize when it is sent again. */
export type IdentifiedReport = Report & { readonly idempotencyKey: string };

/** Returns the report with an `idempotencyKey`, so that it counts once however often it is sent. */
export function identifyReport(report: Report): IdentifiedReport {
  return { ...report, idempotencyKey: report.idempotencyKey ?? randomUUID() };
}

/** Returns whether the service could accept the report: otherwise sending it is of no use. */
export function isValidReport(report: Report): boolean {
  return isWellFormed(report.key) && hasAmounts(report);
}

/** JSON has no NaN: it would become null, which is no predictions. */
function hasAmounts({ statusCode, responseTimeMs, predictionsCount, computeMs }: Report): boolean {
  const amounts = [statusCode, responseTimeMs, predictionsCount ?? 0, computeMs ?? 0];
  const areAmounts = amounts.every((amount) => Number.isFinite(amount) && amount >= 0);
  return areAmounts && Number.isInteger(predictionsCount ?? 0);
}

/** The requests about usage. */
export interface Usage {
  /**
   * Counts a request that was served.
   * @throws AuthUnavailable
   * @throws AuthRejected
   */
  record(report: IdentifiedReport): Promise<void>;
  /**
   * Counts predictions before they are served.
   * @throws AuthUnavailable
   * @throws AuthRejected
   */
  debit(debit: Debit): Promise<DebitOutcome>;
}

/** Makes the functions that send usage to the service. */
export function createUsage(post: Post, serviceId: string): Usage {
  const send = (path: string, report: IdentifiedReport) =>
    post(path, report.key, toWire(report, serviceId));
  return {
    record: async (report) => {
      const answer = await send(`api/v1/usage/${encodeURIComponent(report.keyId)}`, report);
      if (answer.status !== 200) throw refusalOf(answer);
    },
    debit: async (debit) => {
      const report = identifyReport({
        ...debit,
        statusCode: debit.statusCode ?? 0,
        responseTimeMs: debit.responseTimeMs ?? 0,
      });
      if (debit.predictionsCount === undefined || !hasAmounts(report)) {
        throw new AuthRejected('A number of the debit is missing or invalid', 422);
      }
      const answer = await send(`api/v1/usage/${encodeURIComponent(debit.keyId)}/debit`, report);
      if (answer.status === 402) return overLimit(answer);
      if (answer.status !== 200) throw refusalOf(answer);
      const body = readJson(answer);
      if (!isDebited(body)) throw unusable(answer);
      return { debited: true, remaining: body.remaining };
    },
  };
}

function toWire(report: IdentifiedReport, serviceId: string): UsageReport {
  return {
    service_id: serviceId,
    endpoint: report.endpoint,
    status_code: report.statusCode,
    response_time_ms: report.responseTimeMs,
    predictions_count: report.predictionsCount,
    compute_ms: report.computeMs,
    model_id: report.modelId,
    idempotency_key: report.idempotencyKey,
  };
}

function isDebited(body: object): body is UsageDebited {
  return 'remaining' in body;
}

function overLimit(answer: HttpAnswer): DebitOutcome {
  const body = readJson(answer);
  if (!isOverLimit(body)) throw unusable(answer);
  const { error: code, message: error } = body.detail;
  return { debited: false, status: 402, code, error };
}

function isOverLimit(body: object): body is OverLimit {
  const detail = 'detail' in body ? body.detail : undefined;
  return typeof detail === 'object' && detail !== null && 'error' in detail && 'message' in detail;
}

/** A request that the service does not accept fails again; one above the throttle may not. */
function refusalOf(answer: HttpAnswer): AuthRejected | AuthUnavailable {
  const error = unusable(answer);
  if (error.isOutage) return error;
  const body = readJson(answer);
  const detail = 'detail' in body ? String(body.detail) : 'The service does not accept the usage';
  return new AuthRejected(detail, answer.status);
}
