import { expect } from '@jest/globals';
import type { AuthUnavailable } from '../../../client/src/errors.ts';
import { createMiddleware } from '../../../client/src/middleware/create-middleware.ts';
import type {
  Gate,
  Refused,
  Report,
  Valid,
  ValidateOptions,
  Validation,
} from '../../../client/src/types.ts';

export const VALID: Valid = {
  valid: true,
  headers: { RateLimit: '"hour";r=999;t=1800' },
  keyId: 'b0a6c2de-6a53-4b7e-9d44-1f0a7c35e2b8',
  userId: 'user',
  serviceId: 'prediction',
  scopes: [],
  rateLimitPerHour: 1000,
  billingPlan: 'free',
  monthlyPredictionLimit: null,
  environment: 'production',
  expiresAt: null,
  rateLimit: { limit: 1000, remaining: 999, resetAt: '2026-11-23T19:00:00.000Z' },
};

export const REFUSED: Refused = {
  valid: false,
  status: 401,
  code: 'revoked',
  error: 'API key is inactive or has been revoked',
  headers: {},
};

/** Creates middleware that decides on every key alike, with what it asked and reported. */
export function createAnswering(
  before: () => Promise<unknown> = async () => {},
  answer: Validation | AuthUnavailable = VALID,
) {
  const asked: ValidateOptions[] = [];
  const reported: Report[] = [];
  const gate: Gate = {
    check: async (request) => {
      asked.push(request);
      await before();
      return answer;
    },
    report: (report) => reported.push(report),
  };
  return { ...createMiddleware(gate), asked, reported };
}

export const WITH_KEY = { headers: { 'x-api-key': 'hk_live_a' } };

/** What is reported of a request, apart from its endpoint and its status. */
export const REPORTED = {
  key: 'hk_live_a',
  keyId: VALID.keyId,
  responseTimeMs: expect.any(Number),
  predictionsCount: undefined,
};
