import { expect } from '@jest/globals';
import type { AuthUnavailable } from '../../../client/src/errors.ts';
import { createMiddleware } from '../../../client/src/middleware/create-middleware.ts';
import type {
  Gate,
  Report,
  Valid,
  ValidateOptions,
  Validation,
} from '../../../client/src/types.ts';
import * as scripted from '../scripted-service.ts';

export const VALID: Valid = {
  ...scripted.VALID,
  headers: { RateLimit: '"hour";r=999;t=1800' },
};

export const REFUSED = scripted.REVOKED;

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
