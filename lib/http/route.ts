import middy, { type MiddlewareObj } from '@middy/core';
import type {
  APIGatewayProxyEventV2,
  APIGatewayProxyStructuredResultV2,
  Context,
} from 'aws-lambda';
import type { Principal } from '../domain/principal.ts';
import { Unavailable } from '../domain/unavailable.ts';
import { ANSWER_BEFORE_END_MS, delayBeforeHandler, underDeadline } from '../runtime/deadline.ts';
import { logger } from '../runtime/log.ts';
import { type Measurement, measureStatus, metricMembers } from '../runtime/metrics.ts';
import type { ReplyTo, RouteKey } from './openapi/operations.ts';
import { Problem } from './problem.ts';
import { type Reply, toResult } from './reply.ts';
import { type Call, type Input, type RequestHead, readCall, readHead } from './request.ts';

type Measure = (
  reply: Reply,
  durationMs: number,
  token: string | undefined,
) => Measurement | undefined;

/** The context of a request, which carries its principal to the log line. */
interface RequestContext extends Context {
  principal?: Principal;
}

export interface RouteOptions<Body, Query> extends Input<Body, Query> {
  /** Authenticates the sender, or throws a {@link Problem}. Without it, anyone may call. */
  readonly authenticate?: (request: RequestHead) => Promise<Principal>;
  /** Checks that the sender may use the route, or throws a {@link Problem}. */
  readonly authorize?: (principal: Principal) => void;
  /**
   * `false` disables the deadline, which costs time, if a write that ends after a 503 is harmless.
   */
  readonly deadline?: false;
  /**
   * Is called after a 401, before it is sent. Must not throw, and takes a moment at most.
   * @param now the time of the request
   */
  readonly afterRefusal?: (reply: Reply, now: Date) => Promise<void>;
  /**
   * Returns the metrics of an answer given `durationMs` after API Gateway received the request, and
   * of the name of the token that authenticated it, if one did.
   */
  readonly measure?: Measure;
}

/**
 * Makes a Lambda handler for an HTTP API route (payload format 2.0): it authenticates, parses and
 * checks the request, calls `handle`, and converts its reply, or the error it threw, to the answer
 * and a log line.
 * @param _key the method and path. The compiler accepts only replies that the OpenAPI document has
 *   for them
 */
export function route<Key extends RouteKey, Body = undefined, Query = undefined>(
  _key: Key,
  options: RouteOptions<Body, Query>,
  handle: (call: Call<Body, Query>) => ReplyTo<Key> | Promise<ReplyTo<Key>>,
) {
  const { authenticate, authorize, deadline = true, afterRefusal, measure } = options;
  const chain = middy<APIGatewayProxyEventV2, Reply, Error, RequestContext>({
    timeoutEarlyInMillis: ANSWER_BEFORE_END_MS,
    timeoutEarlyResponse: () => {
      throw new Unavailable('out of time');
    },
  });
  chain.use(answerErrors);
  // Authentication is part of the handler, because Middy's early time-out ignores middleware.
  chain.handler(async (event, context) => {
    const head = readHead(event);
    const principal: Principal = authenticate ? await authenticate(head) : { kind: 'anyone' };
    context.principal = principal;
    authorize?.(principal);
    return handle(readCall(event, head, principal, options));
  });
  return async (event: APIGatewayProxyEventV2, context: Context) => {
    const timed = sinceReceipt(context, event);
    const work = () => chain(event, timed);
    const reply = await (deadline ? underDeadline(timed.getRemainingTimeInMillis(), work) : work());
    if (afterRefusal && reply.status === 401) {
      await afterRefusal(reply, new Date(event.requestContext.timeEpoch));
    }
    // Outside the chain, where a handler that ends after the early time-out would log a second
    // time.
    return answer(reply, event, timed, measure);
  };
}

/** Returns the context with the time that is left since API Gateway received the request. */
function sinceReceipt(
  context: Context,
  { requestContext }: APIGatewayProxyEventV2,
): RequestContext {
  const delay = delayBeforeHandler(requestContext.timeEpoch, Date.now());
  return {
    ...context,
    getRemainingTimeInMillis: () => context.getRemainingTimeInMillis() - delay,
  };
}

const answerErrors: MiddlewareObj<APIGatewayProxyEventV2, Reply> = {
  onError: (request) => {
    const { error, event } = request;
    const problem = asProblem(error);
    if (problem.status >= 500) {
      const { requestId: request_id } = event.requestContext;
      logger.error(problem.code, { request_id, error: error as Error });
    }
    request.response = problem.toReply();
  },
};

/** Converts an unexpected error to a 500 or 503 that reveals nothing of it. */
function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem(error instanceof Unavailable ? 'unavailable' : 'internal');
}

/** Logs and measures a reply, once per request, and converts it to API Gateway's format. */
function answer(
  reply: Reply,
  event: APIGatewayProxyEventV2,
  context: RequestContext,
  measure: Measure | undefined,
): APIGatewayProxyStructuredResultV2 {
  const { requestId, routeKey, timeEpoch, http } = event.requestContext;
  const answeredAt = new Date();
  const durationMs = answeredAt.getTime() - timeEpoch;
  const { principal } = context;
  const token = principal && 'token' in principal ? principal.token.name : undefined;
  const measured = measureStatus(reply.status, context, measure?.(reply, durationMs, token));
  logger.info('request', {
    request_id: requestId,
    route: routeKey,
    status: reply.status,
    duration_ms: durationMs,
    source_ip: http.sourceIp,
    code: reply.code,
    token,
    ...reply.log,
    ...(measured && metricMembers(measured, answeredAt)),
  });
  return toResult(reply, requestId);
}
