import { inspect } from 'node:util';
import type { Gate } from '../types.ts';
import type { Allowed } from './check.ts';
import type { NodeResponse } from './node-exchange.ts';
import type { HttpRouteOptions } from './options.ts';
import type { Framework } from './route.ts';

/** The characters of an endpoint's name that the service keeps. */
const MAX_ENDPOINT_LENGTH = 200;

/** Reports a request that was allowed when its response has ended. Never throws. */
export type Reporter<Exchange extends readonly unknown[]> = (
  allowed: Allowed,
  startedAt: number,
  exchange: Exchange,
) => void;

/** Creates the reporter of a route, or undefined if its usage is not reported. */
export function createReporter<Exchange extends readonly unknown[]>(
  gate: Gate,
  { report }: HttpRouteOptions<Exchange>,
  framework: Framework<Exchange>,
): Reporter<Exchange> | undefined {
  if (!report) return undefined;
  const { endpoint, predictions } = report === true ? {} : report;
  return ({ key, apiKey }, startedAt, exchange) => {
    const response = framework.response(...exchange);
    if (!response) return warn('it has no response of Node.js');
    atEnd(response, (statusCode) => {
      try {
        const name = endpoint?.(...exchange) ?? framework.endpoint(...exchange);
        gate.report({
          key,
          keyId: apiKey.keyId,
          endpoint: name.slice(0, MAX_ENDPOINT_LENGTH),
          statusCode,
          responseTimeMs: performance.now() - startedAt,
          predictionsCount: predictions?.(...exchange),
        });
      } catch (error) {
        // The response is sent, so nobody else could catch what the callbacks throw.
        warn(inspect(error));
      }
    });
  };
}

function warn(reason: string): void {
  process.emitWarning(`A request was not reported: ${reason}`);
}

type EndListener = (status: number) => void;

/** The listener of each response; that of the innermost check, if a request has several. */
const listeners = new WeakMap<NodeResponse, EndListener>();

/**
 * Calls back once, when the response has been sent or the client has disconnected. Replaces the
 * listener that an outer check has set.
 * @param listener gets the status; 0 if no response had begun
 */
function atEnd(response: NodeResponse, listener: EndListener): void {
  const isFirst = !listeners.has(response);
  listeners.set(response, listener);
  if (!isFirst) return;
  const end = () => listeners.get(response)?.(response.headersSent ? response.statusCode : 0);
  // The client may have disconnected during the check: then there is no event any more.
  if (response.stream?.closed ?? response.closed) end();
  else response.once('close', end);
}
