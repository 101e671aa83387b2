export { type Auth, createAuth } from './auth.ts';
export { AuthRejected, AuthUnavailable } from './errors.ts';
export type { ExpressMiddleware } from './middleware/express.ts';
export type { FastifyHook } from './middleware/fastify.ts';
export type { HonoMiddleware } from './middleware/hono.ts';
export { keyOf } from './middleware/key-of.ts';
export type { LambdaAuthorizer } from './middleware/lambda-authorizer.ts';
export type { Admitted, NodeCheck } from './middleware/node-http.ts';
export type { HttpRouteOptions, ReportOptions, RouteOptions } from './middleware/options.ts';
export type {
  AnswerHeaders,
  ApiKey,
  AuthOptions,
  Debit,
  DebitOutcome,
  DroppedEvent,
  RefusalCode,
  Refused,
  Report,
  Stats,
  UnavailableEvent,
  Valid,
  ValidateEvent,
  ValidateOptions,
  Validation,
} from './types.ts';
