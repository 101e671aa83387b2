import { beforeAll, expect, test } from '@jest/globals';
import type {
  APIGatewayAuthorizerResult,
  APIGatewayRequestAuthorizerEvent,
  APIGatewayRequestAuthorizerEventV2,
  APIGatewaySimpleAuthorizerWithContextResult,
  APIGatewayTokenAuthorizerEvent,
} from 'aws-lambda';
import { AuthUnavailable, createAuth, type LambdaAuthorizer } from '../../../client/src/index.ts';
import { cleanUp } from '../../support/clean-up.ts';
import { useService } from '../../support/service.ts';

const METHOD = 'arn:aws:execute-api:eu-central-1:123456789012:api/prod/GET/things';

const service = useService();
let authorize: LambdaAuthorizer;
/** Authorizers whose service is down. */
let down: LambdaAuthorizer;
let open: LambdaAuthorizer;
let key: { api_key: string; key_id: string };

beforeAll(async () => {
  const settings = { serviceId: 'prediction', leases: false };
  const auth = createAuth({ ...settings, url: service.url });
  const unreachable = createAuth({ ...settings, url: 'http://127.0.0.1:1', timeoutMs: 50 });
  cleanUp(() => Promise.all([auth.close(), unreachable.close()]));
  authorize = auth.lambdaAuthorizer({ scope: 'read' });
  down = unreachable.lambdaAuthorizer();
  open = unreachable.lambdaAuthorizer({ failOpen: true });
  key = await service.create({ scopes: ['read', 'write'], allowed_ips: ['203.0.113.7'] });
});

/** The event of an HTTP API, whose header names are in lower case. */
function httpEvent(headers: Record<string, string>, sourceIp = '203.0.113.7') {
  const http = { method: 'GET', path: '/things', protocol: 'HTTP/1.1', sourceIp, userAgent: '' };
  const event: Partial<APIGatewayRequestAuthorizerEventV2> = {
    version: '2.0',
    type: 'REQUEST',
    routeArn: METHOD,
    headers: { 'x-forwarded-for': '203.0.113.7', ...headers },
  };
  return { ...event, requestContext: { http } };
}

/** The event of a REST API, whose header names are as the client sent them. */
function restEvent(headers: Record<string, string> | null, sourceIp = '203.0.113.7') {
  const event: Partial<APIGatewayRequestAuthorizerEvent> & { type: 'REQUEST'; methodArn: string } =
    { type: 'REQUEST', methodArn: METHOD };
  return { ...event, headers, requestContext: { identity: { sourceIp } } };
}

const tokenEvent = (authorizationToken: string): APIGatewayTokenAuthorizerEvent => ({
  type: 'TOKEN',
  methodArn: METHOD,
  authorizationToken,
});

const policy = (Effect: 'Allow' | 'Deny', principalId: string, context: object) => ({
  principalId,
  policyDocument: {
    Version: '2012-10-17',
    Statement: [{ Action: 'execute-api:Invoke', Effect, Resource: METHOD }],
  },
  context,
});

const notAllowed = { code: 'ip_not_allowed', status: '401', error: 'IP address not in allowlist' };

test('allows a request to an HTTP API', async () => {
  expect(await authorize(httpEvent({ authorization: `Bearer ${key.api_key}` }))).toEqual({
    isAuthorized: true,
    context: { keyId: key.key_id, userId: 'admin', scopes: ['read', 'write'] },
  });
});

test('allows a request to a REST API with strings in the context', async () => {
  expect(await authorize(restEvent({ 'X-Api-Key': key.api_key }))).toEqual(
    policy('Allow', key.key_id, { keyId: key.key_id, userId: 'admin', scopes: 'read write' }),
  );
});

test('refuses the address of the client, whatever the headers say', async () => {
  const headers = { 'x-api-key': key.api_key };
  expect(await authorize(httpEvent(headers, '198.51.100.1'))).toEqual({
    isAuthorized: false,
    context: notAllowed,
  });
  expect(await authorize(restEvent(headers, '198.51.100.1'))).toEqual(
    policy('Deny', 'rejected', notAllowed),
  );
});

test('refuses a key with an allowlist where the event has no address', async () => {
  expect(await authorize(tokenEvent(key.api_key))).toEqual(policy('Deny', 'rejected', notAllowed));
});

test.each(['Bearer ', ''])('takes a key from a token with the prefix "%s"', async (prefix) => {
  const { api_key, key_id } = await service.create();
  expect(await authorize(tokenEvent(prefix + api_key))).toEqual(
    policy('Allow', key_id, { keyId: key_id, userId: 'admin', scopes: '' }),
  );
});

test('says when to try again', async () => {
  const { api_key, key_id } = await service.create();
  await service.alter(key_id, 'rate_limit_per_hour', 1);
  await service.validate(api_key);
  const context = {
    code: 'rate_limited',
    status: '429',
    error: 'Rate limit exceeded',
    retryAfter: '1800',
  };
  const headers = { 'x-api-key': api_key };
  expect(await authorize(httpEvent(headers))).toEqual({ isAuthorized: false, context });
  expect(await authorize(restEvent(headers))).toEqual(policy('Deny', 'rejected', context));
});

test('answers a request without a key as each kind of API can', async () => {
  expect(await authorize(httpEvent({}))).toEqual({
    isAuthorized: false,
    context: { code: 'missing_key', status: '401', error: 'No API key provided' },
  });
  await expect(authorize(restEvent(null))).rejects.toThrow(/^Unauthorized$/);
});

test('throws if the service gives no answer', async () => {
  const headers = { 'x-api-key': key.api_key };
  await expect(down(httpEvent(headers))).rejects.toThrow(AuthUnavailable);
  await expect(down(restEvent(headers))).rejects.toThrow(AuthUnavailable);
});

test('lets a request through if the service gives no answer and the route fails open', async () => {
  const headers = { 'x-api-key': key.api_key };
  expect(await open(httpEvent(headers))).toEqual({ isAuthorized: true, context: {} });
  expect(await open(restEvent(headers))).toEqual(policy('Allow', 'unchecked', {}));
});

test('fits the types of the events and results of API Gateway', () => {
  type Handler<Event, Result> = (event: Event) => Promise<Result>;
  const http: Handler<
    APIGatewayRequestAuthorizerEventV2,
    APIGatewaySimpleAuthorizerWithContextResult<object>
  > = authorize;
  const request: Handler<APIGatewayRequestAuthorizerEvent, APIGatewayAuthorizerResult> = authorize;
  const token: Handler<APIGatewayTokenAuthorizerEvent, APIGatewayAuthorizerResult> = authorize;
  expect([http, request, token]).toEqual([authorize, authorize, authorize]);
});
