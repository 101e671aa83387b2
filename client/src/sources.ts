import type { Ask, Source } from './ask.ts';
import { AuthUnavailable, toUnavailable } from './errors.ts';
import { HeldAnswer } from './held-answer.ts';
import type { Refused } from './types.ts';

/** The service's answer for every malformed key. */
const INVALID_KEY: Refused = Object.freeze({
  valid: false,
  status: 401,
  code: 'invalid_key',
  error: 'Invalid API key',
  headers: Object.freeze({}),
});

const refusal = new HeldAnswer(INVALID_KEY, { at: 0, wall: 0 }, Number.POSITIVE_INFINITY);

/** Refuses each request. */
export const refuseAll: Source = {
  answerAtOnce: () => refusal,
  wait: async () => INVALID_KEY,
};

/** Answers nothing, because the client is closed. */
export const closedSource: Source = {
  answerAtOnce: () => undefined,
  wait: async () => new AuthUnavailable('The client is closed', { isOutage: false }),
};

/** Makes a call for each request, with a time-out in whole milliseconds. */
export function callForEach(ask: Ask, timeoutMs: number): Source {
  return {
    answerAtOnce: () => undefined,
    wait: (request) =>
      ask(request, undefined, timeoutMs).then(({ validation }) => validation, toUnavailable),
  };
}
