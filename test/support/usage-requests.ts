import { beforeEach } from '@jest/globals';
import { COMMON_HEADERS, NOW, problem, useService } from './service.ts';

/** A report with every field that is counted. */
export const USAGE = {
  service_id: 'prediction',
  endpoint: '/v1/predict',
  status_code: 200,
  response_time_ms: 12.5,
  predictions_count: 3,
  compute_ms: 7,
};

/** The id of a key that does not exist. */
export const UNKNOWN_ID = '00000000-0000-5000-8000-000000000000';
export const TEN_MINUTES_MS = 10 * 60_000;

export const ok = (body: unknown) => ({ status: 200, headers: COMMON_HEADERS, body });
export const recorded = ok({ message: 'Usage recorded successfully' });
export const debited = (remaining: number | null) =>
  ok({ message: 'Usage debited successfully', remaining });
export const notFound = problem(404, 'Not Found', 'API key not found');
export const overLimit = problem(402, 'Payment Required', {
  error: 'monthly_limit_exceeded',
  message: 'Monthly prediction limit exceeded',
});
export const badField = (field: string, message: string) =>
  problem(400, 'Bad Request', `${field}: ${message}`, { errors: [{ field, message }] });

/** The options of a call that presents this bearer token instead of the admin token. */
export const as = (bearer: string) => ({
  headers: { authorization: `Bearer ${bearer}` },
  admin: false,
});

/** Returns the service and calls of its usage endpoints; every test starts at {@link NOW}. */
export function useUsage() {
  const service = useService();
  beforeEach(() => {
    service.clock.now = NOW;
  });

  const report = (path: string, changes: object, options: object) =>
    service.call('POST', `/api/v1/usage/${path}`, { body: { ...USAGE, ...changes }, ...options });
  const record = (keyId: string, changes: object = {}, options: object = {}) =>
    report(keyId, changes, options);
  const debit = (keyId: string, changes: object = {}, options: object = {}) =>
    report(`${keyId}/debit`, changes, options);
  const stats = (keyId: string, query = '') => service.usage(`/${keyId}/stats${query}`);
  const billing = (keyId: string) => service.usage(`/${keyId}/billing`);
  const aggregate = (query = '') => service.usage(`/aggregate${query}`);
  /** Returns everything that a report may change, to compare it before and after. */
  const everything = async (keyId: string) => [
    (await stats(keyId)).body,
    (await aggregate()).body,
    (await service.item(keyId))?.predictions_202611,
  ];
  return { service, record, debit, stats, billing, aggregate, everything };
}
