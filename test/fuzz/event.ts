import { joinPairs } from '../../infra/local/gateway.ts';
import { matchRoute } from '../../lib/http/routing.ts';
import type { RouteFunction } from '../../lib/routes.ts';
import { requestContext } from '../support/api-event.ts';
import type { Draft, EventChange } from './draft.ts';

/** Returns the event of a request, as changed, and the function that API Gateway would call. */
export function toEvent(
  draft: Draft,
  change: EventChange,
  now: Date,
): { name: RouteFunction; event: object } {
  const { method, target, headers } = draft;
  const [rawPath = '', rawQueryString = ''] = target.split(/\?(.*)/s);
  const match = matchRoute(method, rawPath);
  const routeKey = match ? `${match.route.method} ${match.route.path}` : '$default';
  const { impossible, nulls, cookies } = change;
  const event: Record<string, unknown> = {
    version: '2.0',
    routeKey,
    rawPath,
    rawQueryString,
    cookies,
    headers: joinPairs(headers.map(([name, value]) => [name.toLowerCase(), value])),
    queryStringParameters: rawQueryString
      ? joinPairs(new URLSearchParams(rawQueryString))
      : undefined,
    pathParameters: match && { ...match.parameters },
    ...encoded(draft.body, change.encoding),
    requestContext: requestContext(method, rawPath, routeKey, now),
    ...impossible?.more,
  };
  for (const name of nulls) event[name] = event[name] === undefined ? null : event[name];
  for (const name of impossible?.without ?? []) delete event[name];
  return { name: match?.route.function ?? 'not-found', event };
}

function encoded(body: string, encoding: EventChange['encoding']) {
  if (body === '') return { isBase64Encoded: encoding !== 'plain' };
  const bytes = Buffer.from(body, 'latin1');
  if (encoding === 'plain') return { body: bytes.toString(), isBase64Encoded: false };
  const text = bytes.toString('base64');
  // The text itself is no base64, or has characters of none and no padding.
  const bad = body.length % 2 ? body : `\n ${text.replace(/=+$/, '')}*_-`;
  return { body: encoding === 'base64' ? text : bad, isBase64Encoded: true };
}

/** Returns the body as the function decodes it. */
export function bodyOf(event: object): string {
  const { body, isBase64Encoded } = event as { body?: unknown; isBase64Encoded?: boolean };
  if (typeof body !== 'string') return '';
  return isBase64Encoded ? Buffer.from(body, 'base64').toString() : body;
}
