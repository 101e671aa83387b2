import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import type { Gate } from '../types.ts';
import type { Allowed } from './check.ts';
import type { HttpRouteOptions } from './options.ts';

/** The characters of an endpoint's name that the service keeps. */
const MAX_ENDPOINT_LENGTH = 200;

/** How a request ended. */
export interface Ending {
  /** 0 if the client disconnected before the response had begun. */
  readonly status: number;
  /** Milliseconds since the request reached the middleware. */
  readonly responseTimeMs: number;
  /** The route's pattern, if the framework knows it. */
  readonly pattern: string | undefined;
  /** The path, with or without its query. */
  readonly url: string | undefined;
}

/** Sends the report of a request that was allowed. Never throws. */
export type Reporter<Exchange extends readonly unknown[]> = (
  allowed: Allowed,
  ending: Ending,
  exchange: Exchange,
) => void;

/** Creates the reporter of a route, or undefined if its usage is not reported. */
export function createReporter<Exchange extends readonly unknown[]>(
  gate: Gate,
  { report }: HttpRouteOptions<Exchange>,
): Reporter<Exchange> | undefined {
  if (!report) return undefined;
  const { endpoint, predictions } = report === true ? {} : report;
  return ({ key, apiKey }, { status, responseTimeMs, pattern, url = '/' }, exchange) => {
    try {
      const name = endpoint?.(...exchange) ?? pattern ?? url.split('?', 1)[0];
      gate.report({
        key,
        keyId: apiKey.keyId,
        endpoint: name?.slice(0, MAX_ENDPOINT_LENGTH) || '/',
        statusCode: status,
        responseTimeMs,
        predictionsCount: predictions?.(...exchange),
        idempotencyKey: randomUUID(),
      });
    } catch (error) {
      // The response is sent, so nobody else could catch what the callbacks throw.
      process.emitWarning(`A request was not reported: ${inspect(error)}`);
    }
  };
}
