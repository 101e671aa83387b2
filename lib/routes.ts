/** How long a function may run. Callers give up after 5 s. */
export const TIMEOUT_SECONDS = 5;

/**
 * Every endpoint, and the function of the same name in `functions/` that serves it. The stack and
 * the local gateway both loop over this table. `$default` is API Gateway's name for "anything else".
 */
export const routes = [
  { function: 'create-key', method: 'POST', path: '/api/v1/keys' },
  { function: 'list-keys', method: 'GET', path: '/api/v1/keys' },
  { function: 'validate-key', method: 'POST', path: '/api/v1/keys/validate' },
  { function: 'get-key', method: 'GET', path: '/api/v1/keys/{key_id}' },
  { function: 'update-key', method: 'PATCH', path: '/api/v1/keys/{key_id}' },
  { function: 'revoke-key', method: 'DELETE', path: '/api/v1/keys/{key_id}' },
  { function: 'rotate-key', method: 'POST', path: '/api/v1/keys/{key_id}/rotate' },
  { function: 'health', method: 'GET', path: '/health' },
  { function: 'ready', method: 'GET', path: '/ready' },
  { function: 'not-found', method: 'ANY', path: '$default' },
] as const;

export type Route = (typeof routes)[number];
export type FunctionName = Route['function'];
