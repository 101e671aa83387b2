/** Every way in which a request can fail, other than the refusal of a validated key. */
export const PROBLEMS = {
  bad_request: { status: 400, detail: 'Bad request' },
  not_authenticated: { status: 401, detail: 'Not authenticated' },
  bad_credentials: { status: 401, detail: 'Invalid authentication credentials' },
  bad_key: { status: 401, detail: 'Invalid authentication credentials' },
  environment_mismatch: { status: 401, detail: 'Invalid authentication credentials' },
  over_limit: {
    status: 402,
    detail: { error: 'monthly_limit_exceeded', message: 'Monthly prediction limit exceeded' },
  },
  forbidden_to_auditor: {
    status: 403,
    detail: 'A token with the role auditor may only read; use one with the role admin',
  },
  forbidden_to_service: {
    status: 403,
    detail: 'A token with the role service may only report usage; use one with another role',
  },
  foreign_service: {
    status: 403,
    detail:
      'A token with the role service may only report usage of its own service; service_id and the key must be for it',
  },
  key_not_found: { status: 404, detail: 'API key not found' },
  no_route: { status: 404, detail: 'Not found' },
  method_not_allowed: { status: 405, detail: 'Method Not Allowed' },
  not_rotatable: { status: 409, detail: 'API key has already been rotated or revoked' },
  not_changeable: {
    status: 409,
    detail: 'API key has been rotated or revoked and cannot be changed',
  },
  no_snapshot: {
    status: 409,
    detail:
      'The daily check of all keys has not completed yet; it runs within 15 minutes of a deployment. Try again later',
  },
  too_large: { status: 413, detail: 'The body is too large' },
  not_json: {
    status: 415,
    detail: 'The body must be JSON, sent with Content-Type: application/json',
  },
  idempotency_key_reused: {
    status: 422,
    detail: 'idempotency_key has been used with another report',
  },
  internal: { status: 500, detail: 'Internal server error' },
  unavailable: { status: 503, detail: 'Service temporarily unavailable' },
} as const;

export type ProblemCode = keyof typeof PROBLEMS;
export type ProblemStatus = (typeof PROBLEMS)[ProblemCode]['status'];
