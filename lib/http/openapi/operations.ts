import type { Route } from '../../routes.ts';
import type { Reply } from '../reply.ts';
import type { Wire } from '../schemas/answers/fields.ts';
import type { Answer } from './operation.ts';
import { auditOperations } from './operations/audit.ts';
import { explanationOperations } from './operations/explanation.ts';
import { healthOperations } from './operations/health.ts';
import { keyOperations } from './operations/keys.ts';
import { securityOperations } from './operations/security.ts';
import { usageOperations } from './operations/usage.ts';
import { validationOperations } from './operations/validation.ts';

/** Every operation of the OpenAPI document, by the method and path of its route. */
export const operations = {
  ...keyOperations,
  ...auditOperations,
  ...validationOperations,
  ...explanationOperations,
  ...securityOperations,
  ...usageOperations,
  ...healthOperations,
};

type Operations = typeof operations;

/** The method and path of a route, such as `GET /health`; API Gateway calls it the route key. */
export type RouteKey = Route extends infer R extends Route
  ? R extends { path: '$default' }
    ? '$default'
    : `${R['method']} ${R['path']}`
  : never;

/**
 * The answers that the handler of a route may give: any for the files of the API reference, which
 * are not in the document, and none for `$default`, which only fails.
 */
export type ReplyTo<Key extends RouteKey> = Key extends keyof Operations
  ? RepliesOf<Operations[Key]['answers']>
  : Key extends 'GET /docs/{file}'
    ? Reply
    : never;

type RepliesOf<Answers extends { readonly [status: number]: Answer }> = {
  [Status in keyof Answers & number]: Omit<Reply, 'status' | 'body' | 'headers'> & {
    readonly status: Status;
    readonly body: Wire<Answers[Status]['schema']>;
    readonly headers?: HeadersOf<Answers[Status]>;
  };
}[keyof Answers & number];

type HeadersOf<A extends Answer> = A extends { readonly headers: infer Headers }
  ? { readonly [Name in keyof Headers]?: string }
  : undefined;
