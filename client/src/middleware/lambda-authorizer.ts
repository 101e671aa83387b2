import type { Gate } from '../types.ts';
import { type Checked, createCheck, type Rejected } from './check.ts';
import { ROUTE_OPTIONS, type RouteOptions } from './options.ts';
import type { HeaderLookup } from './presented-key.ts';

type EventHeaders = { readonly [name: string]: string | undefined } | null | undefined;

/** The part that is used of the event of an HTTP API, payload format 2.0. */
export interface HttpApiEvent {
  readonly headers?: EventHeaders;
  readonly requestContext: { readonly http: { readonly sourceIp: string } };
}

/** The part that is used of the event of a REST API's authorizer of type REQUEST. */
export interface RestRequestEvent {
  readonly type: 'REQUEST';
  readonly methodArn: string;
  readonly headers: EventHeaders;
  readonly requestContext: { readonly identity: { readonly sourceIp: string } };
}

/** The event of a REST API's authorizer of type TOKEN. It lacks the address of the client. */
export interface RestTokenEvent {
  readonly type: 'TOKEN';
  readonly methodArn: string;
  readonly authorizationToken: string;
}

export type RestEvent = RestRequestEvent | RestTokenEvent;

/** The simple response of an HTTP API. */
export interface SimpleResponse {
  readonly isAuthorized: boolean;
  readonly context: Record<string, string | string[]>;
}

/** The policy for a REST API. Its context may have strings only, and no lists. */
export interface PolicyResponse {
  readonly principalId: string;
  readonly policyDocument: {
    readonly Version: '2012-10-17';
    readonly Statement: {
      readonly Action: 'execute-api:Invoke';
      readonly Effect: 'Allow' | 'Deny';
      readonly Resource: string;
    }[];
  };
  readonly context: Record<string, string>;
}

/**
 * Decides on requests to API Gateway.
 * @throws AuthUnavailable if there is no answer, which API Gateway answers with 500
 * @throws Error `Unauthorized` for a REST request without a key, which it answers with 401
 */
export interface LambdaAuthorizer {
  (event: HttpApiEvent): Promise<SimpleResponse>;
  (event: RestEvent): Promise<PolicyResponse>;
}

/** Creates the handler of a Lambda authorizer. */
export function lambdaAuthorizer(gate: Gate, options: RouteOptions = {}): LambdaAuthorizer {
  const check = createCheck(gate, options, ROUTE_OPTIONS);
  async function authorize(event: HttpApiEvent): Promise<SimpleResponse>;
  async function authorize(event: RestEvent): Promise<PolicyResponse>;
  async function authorize(event: HttpApiEvent | RestEvent) {
    const checked = await check({ header: headersOf(event), remoteAddress: sourceIpOf(event) });
    if (checked.kind === 'unavailable') throw checked.error;
    return 'methodArn' in event ? toPolicy(checked, event.methodArn) : toSimple(checked);
  }
  return authorize;
}

type Decided = Exclude<Checked, { kind: 'unavailable' }>;

function toSimple(checked: Decided): SimpleResponse {
  switch (checked.kind) {
    case 'allowed': {
      const { keyId, userId, scopes } = checked.apiKey;
      return { isAuthorized: true, context: { keyId, userId, scopes: [...scopes] } };
    }
    case 'unchecked':
      return { isAuthorized: true, context: {} };
    case 'rejected':
      return { isAuthorized: false, context: refusal(checked) };
  }
}

function toPolicy(checked: Decided, resource: string): PolicyResponse {
  switch (checked.kind) {
    case 'allowed': {
      const { keyId, userId, scopes } = checked.apiKey;
      return policy('Allow', resource, keyId, { keyId, userId, scopes: scopes.join(' ') });
    }
    case 'unchecked':
      return policy('Allow', resource, 'unchecked', {});
    case 'rejected':
      if (checked.code === 'missing_key') throw new Error('Unauthorized');
      return policy('Deny', resource, 'rejected', refusal(checked));
  }
}

/** Returns what a gateway response can show of a refusal. */
function refusal({ code, status, error, retryAfter }: Rejected): Record<string, string> {
  return {
    code,
    status: String(status),
    error,
    ...(retryAfter !== undefined && { retryAfter: String(retryAfter) }),
  };
}

function policy(
  effect: 'Allow' | 'Deny',
  resource: string,
  principalId: string,
  context: Record<string, string>,
): PolicyResponse {
  return {
    principalId,
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Action: 'execute-api:Invoke', Effect: effect, Resource: resource }],
    },
    context,
  };
}

/** Returns the lookup of headers, whose names a REST API leaves in the case that the client sent. */
function headersOf(event: HttpApiEvent | RestEvent): HeaderLookup {
  if ('authorizationToken' in event) {
    const { authorizationToken: token } = event;
    // The token source may be `Authorization` or `X-API-Key`.
    const source = /^bearer\s/i.test(token) ? 'authorization' : 'x-api-key';
    return (name) => (name === source ? token : undefined);
  }
  const headers = Object.entries(event.headers ?? {});
  return (name) => headers.find(([sent]) => sent.toLowerCase() === name)?.[1];
}

function sourceIpOf(event: HttpApiEvent | RestEvent): string | undefined {
  if ('authorizationToken' in event) return undefined;
  const { requestContext } = event;
  return 'http' in requestContext ? requestContext.http.sourceIp : requestContext.identity.sourceIp;
}
