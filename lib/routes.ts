/** How long a function that serves a route may run. Callers give up after 5 s. */
export const TIMEOUT_SECONDS = 5;

/**
 * Every endpoint, and the function of that name in `functions/` that serves it. The stack and
 * the local gateway both loop over this table. `$default` is API Gateway's name for "anything else".
 * `traffic` chooses the throttle: services validate for every request they serve and report usage
 * after it, administrators call now and then.
 */
export const routes = [
  { function: 'create-key', method: 'POST', path: '/api/v1/keys', traffic: 'admin' },
  { function: 'list-keys', method: 'GET', path: '/api/v1/keys', traffic: 'admin' },
  {
    function: 'validate-key',
    method: 'POST',
    path: '/api/v1/keys/validate',
    traffic: 'validation',
  },
  { function: 'get-key', method: 'GET', path: '/api/v1/keys/{key_id}', traffic: 'admin' },
  { function: 'update-key', method: 'PATCH', path: '/api/v1/keys/{key_id}', traffic: 'admin' },
  { function: 'revoke-key', method: 'DELETE', path: '/api/v1/keys/{key_id}', traffic: 'admin' },
  {
    function: 'rotate-key',
    method: 'POST',
    path: '/api/v1/keys/{key_id}/rotate',
    traffic: 'admin',
  },
  { function: 'record-usage', method: 'POST', path: '/api/v1/usage/{key_id}', traffic: 'usage' },
  {
    function: 'debit-usage',
    method: 'POST',
    path: '/api/v1/usage/{key_id}/debit',
    traffic: 'usage',
  },
  {
    function: 'usage-stats',
    method: 'GET',
    path: '/api/v1/usage/{key_id}/stats',
    traffic: 'admin',
  },
  {
    function: 'usage-billing',
    method: 'GET',
    path: '/api/v1/usage/{key_id}/billing',
    traffic: 'admin',
  },
  { function: 'usage-aggregate', method: 'GET', path: '/api/v1/usage/aggregate', traffic: 'admin' },
  { function: 'health', method: 'GET', path: '/health', traffic: 'admin' },
  { function: 'health', method: 'HEAD', path: '/health', traffic: 'admin' },
  { function: 'ready', method: 'GET', path: '/ready', traffic: 'admin' },
  { function: 'ready', method: 'HEAD', path: '/ready', traffic: 'admin' },
  { function: 'not-found', method: 'ANY', path: '$default', traffic: 'admin' },
] as const;

export type Route = (typeof routes)[number];
export type RouteFunction = Route['function'];

/** The functions that no request reaches: Secrets Manager, a schedule and a table's stream call them. */
export const backgroundFunctions = [
  'rotate-admin-token',
  'report-due-keys',
  'count-usage',
] as const;

export const functionNames = [
  ...new Set([...routes.map((route) => route.function), ...backgroundFunctions]),
];
export type FunctionName = (typeof functionNames)[number];
