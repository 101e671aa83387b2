import middy, { type MiddlewareObj } from '@middy/core';
import type {
  APIGatewayProxyEventV2,
  APIGatewayProxyStructuredResultV2,
  Context,
} from 'aws-lambda';
import { Unavailable } from '../domain/unavailable.ts';
import { ANSWER_BEFORE_END_MS, delayBeforeHandler, underDeadline } from '../runtime/deadline.ts';
import { logger } from '../runtime/log.ts';
import { type Measurement, measureStatus, metricMembers } from '../runtime/metrics.ts';
import { Problem } from './problem.ts';
import { type Reply, toResult } from './reply.ts';
import { type Call, type Input, readCall, requireBearer } from './request.ts';

type Authenticate = NonNullable<RouteOptions<unknown, unknown>['authenticate']>;
type Measure = RouteOptions<unknown, unknown>['measure'];

export interface RouteOptions<Body, Query> extends Input<Body, Query> {
  /** Who may call: true for a bearer token that may, `keyId` being the path's. Without it, anyone. */
  readonly authenticate?: (bearer: string, now: Date, keyId: string) => Promise<boolean>;
  /** Whose callers need no credentials, by their address as API Gateway saw it. */
  readonly openTo?: (sourceIp: string) => boolean;
  /** False where work that goes on after its caller was told 503 does no harm: a deadline has its price. */
  readonly deadline?: false;
  /** What CloudWatch is to count of an answer given `durationMs` after API Gateway received the request. */
  readonly measure?: (reply: Reply, durationMs: number) => Measurement | undefined;
}

/**
 * Makes a Lambda handler for an HTTP API route (payload format 2.0): authenticates, reads and checks
 * the request, calls `handle`, and turns its reply or what it threw into the answer and a log line.
 */
export function route<Body = undefined, Query = undefined>(
  options: RouteOptions<Body, Query>,
  handle: (call: Call<Body, Query>) => Reply | Promise<Reply>,
) {
  const { authenticate, openTo = () => false, deadline = true, measure } = options;
  const chain = middy<APIGatewayProxyEventV2, Reply, Error, Context>({
    timeoutEarlyInMillis: ANSWER_BEFORE_END_MS,
    timeoutEarlyResponse: () => {
      throw new Unavailable('out of time');
    },
  });
  chain.use(answerErrors);
  // All of it in the handler, as Middy's early time-out does not hold for middleware.
  chain.handler(async (event) => {
    const isOpen = openTo(event.requestContext.http.sourceIp);
    if (authenticate && !isOpen) await requireAuthentication(authenticate, event);
    return handle(readCall(event, options));
  });
  return async (event: APIGatewayProxyEventV2, context: Context) => {
    const timed = sinceReceipt(context, event);
    const work = () => chain(event, timed);
    const reply = await (deadline ? underDeadline(timed.getRemainingTimeInMillis(), work) : work());
    // Not within the chain: a handler that ends after the early time-out would log a second answer.
    return answer(reply, event, measure);
  };
}

/** The context with the time left as the caller sees it, who has waited since API Gateway received the request. */
function sinceReceipt(context: Context, { requestContext }: APIGatewayProxyEventV2): Context {
  const delay = delayBeforeHandler(requestContext.timeEpoch, Date.now());
  return {
    ...context,
    getRemainingTimeInMillis: () => context.getRemainingTimeInMillis() - delay,
  };
}

async function requireAuthentication(
  authenticate: Authenticate,
  event: APIGatewayProxyEventV2,
): Promise<void> {
  const now = new Date(event.requestContext.timeEpoch);
  const keyId = event.pathParameters?.key_id?.toLowerCase() ?? '';
  if (!(await authenticate(requireBearer(event), now, keyId))) {
    throw new Problem('bad_credentials');
  }
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

/** What is not ours to show becomes a 500 that says nothing. */
function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem(error instanceof Unavailable ? 'unavailable' : 'internal');
}

/** Logs and measures a reply, once for each request, and makes it API Gateway's. */
function answer(
  reply: Reply,
  event: APIGatewayProxyEventV2,
  measure: Measure,
): APIGatewayProxyStructuredResultV2 {
  const { requestId, routeKey, timeEpoch, http } = event.requestContext;
  const answeredAt = new Date();
  const durationMs = answeredAt.getTime() - timeEpoch;
  const measured = measureStatus(reply.status, measure?.(reply, durationMs));
  logger.info('request', {
    request_id: requestId,
    route: routeKey,
    status: reply.status,
    duration_ms: durationMs,
    source_ip: http.sourceIp,
    ...reply.log,
    ...(measured && metricMembers(measured, answeredAt)),
  });
  return toResult(reply, requestId);
}
