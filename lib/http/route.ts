import middy, { type MiddlewareObj } from '@middy/core';
import type {
  APIGatewayProxyEventV2,
  APIGatewayProxyStructuredResultV2,
  Context,
} from 'aws-lambda';
import { ANSWER_BEFORE_END_MS, underDeadline } from '../deadline.ts';
import { Unavailable } from '../domain/unavailable.ts';
import { logger } from '../log.ts';
import { type Measurement, measureStatus, metricMembers } from '../metrics.ts';
import { Problem } from './problem.ts';
import { type Reply, toResult } from './reply.ts';
import { type Call, readCall, requireBearer, type Schema } from './request.ts';

type Authenticate = NonNullable<RouteOptions<unknown, unknown>['authenticate']>;
type Measure = RouteOptions<unknown, unknown>['measure'];
type Middleware = MiddlewareObj<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>;

export interface RouteOptions<Body, Query> {
  /** Who may call: true for a bearer token that may, `keyId` being the path's. Without it, anyone. */
  readonly authenticate?: (bearer: string, now: Date, keyId: string) => Promise<boolean>;
  /** Whose callers need no credentials, by their address as API Gateway saw it. */
  readonly openTo?: (sourceIp: string) => boolean;
  /** Without a schema a body or query is ignored. */
  readonly body?: Schema<Body>;
  readonly query?: Schema<Query>;
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
  const chain = middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Error, Context>({
    timeoutEarlyInMillis: ANSWER_BEFORE_END_MS,
    timeoutEarlyResponse: () => {
      throw new Unavailable('out of time');
    },
  });
  chain.use(answerErrors(measure));
  if (authenticate) chain.use(requireAuthentication(authenticate, openTo));
  chain.handler(async (event) => answer(await handle(readCall(event, options)), event, measure));
  return (event: APIGatewayProxyEventV2, context: Context) =>
    deadline
      ? underDeadline(context.getRemainingTimeInMillis(), () => chain(event, context))
      : chain(event, context);
}

function requireAuthentication(
  authenticate: Authenticate,
  openTo: (sourceIp: string) => boolean,
): Middleware {
  return {
    before: async ({ event }) => {
      if (openTo(event.requestContext.http.sourceIp)) return;
      const now = new Date(event.requestContext.timeEpoch);
      const keyId = event.pathParameters?.key_id?.toLowerCase() ?? '';
      if (!(await authenticate(requireBearer(event), now, keyId))) {
        throw new Problem('bad_credentials');
      }
    },
  };
}

function answerErrors(measure: Measure): Middleware {
  return {
    onError: (request) => {
      const { error, event } = request;
      const problem = asProblem(error);
      if (problem.status >= 500) {
        const { requestId: request_id } = event.requestContext;
        logger.error(problem.code, { request_id, error: error as Error });
      }
      request.response = answer(problem.toReply(), event, measure);
    },
  };
}

/** What is not ours to show becomes a 500 that says nothing. */
function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem(error instanceof Unavailable ? 'unavailable' : 'internal');
}

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
