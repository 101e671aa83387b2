/** The timeout of a function that serves a route, in seconds. Callers give up after 5 s. */
export const TIMEOUT_SECONDS = 5;

/**
 * Every endpoint, with the function in `functions/` that serves it. The stack, the local gateway
 * and the 404 and 405 replies derive from this table. API Gateway sends requests that match no
 * other route to `$default`.
 */
export const routes = [
  { function: 'create-key', method: 'POST', path: '/api/v1/keys' },
  { function: 'list-keys', method: 'GET', path: '/api/v1/keys' },
  { function: 'validate-key', method: 'POST', path: '/api/v1/keys/validate' },
  { function: 'explain-key', method: 'POST', path: '/api/v1/keys/explain' },
  { function: 'get-key', method: 'GET', path: '/api/v1/keys/{key_id}' },
  { function: 'update-key', method: 'PATCH', path: '/api/v1/keys/{key_id}' },
  { function: 'revoke-key', method: 'DELETE', path: '/api/v1/keys/{key_id}' },
  { function: 'rotate-key', method: 'POST', path: '/api/v1/keys/{key_id}/rotate' },
  { function: 'key-audit', method: 'GET', path: '/api/v1/keys/{key_id}/audit' },
  { function: 'list-audit', method: 'GET', path: '/api/v1/audit' },
  { function: 'security-posture', method: 'GET', path: '/api/v1/security/posture' },
  { function: 'record-usage', method: 'POST', path: '/api/v1/usage/{key_id}' },
  { function: 'debit-usage', method: 'POST', path: '/api/v1/usage/{key_id}/debit' },
  { function: 'usage-stats', method: 'GET', path: '/api/v1/usage/{key_id}/stats' },
  { function: 'usage-billing', method: 'GET', path: '/api/v1/usage/{key_id}/billing' },
  { function: 'usage-aggregate', method: 'GET', path: '/api/v1/usage/aggregate' },
  { function: 'health', method: 'GET', path: '/health' },
  { function: 'health', method: 'HEAD', path: '/health' },
  { function: 'ready', method: 'GET', path: '/ready' },
  { function: 'ready', method: 'HEAD', path: '/ready' },
  { function: 'docs', method: 'GET', path: '/docs' },
  { function: 'docs', method: 'HEAD', path: '/docs' },
  { function: 'docs', method: 'GET', path: '/docs/{file}' },
  { function: 'docs', method: 'GET', path: '/openapi.json' },
  { function: 'docs', method: 'HEAD', path: '/openapi.json' },
  { function: 'not-found', method: 'ANY', path: '$default' },
] as const;

export type Route = (typeof routes)[number];
export type RouteFunction = Route['function'];

/** Functions without a route: Secrets Manager, a schedule and a table's stream invoke them. */
const backgroundFunctions = [
  'rotate-admin-token',
  'report-due-keys',
  'assess-posture',
  'count-usage',
] as const;

export const functionNames = [
  ...new Set([...routes.map((route) => route.function), ...backgroundFunctions]),
];
export type FunctionName = (typeof functionNames)[number];
