import { STATUS_CODES } from 'node:http';
import { maskKeysIn } from '../domain/key.ts';
import type { Reply } from './reply.ts';

/** The longest message of our own has some 200 characters. */
const MAX_SHOWN = 300;
/** The bad fields that the sentence and the log line name. */
const MAX_NAMED = 5;
/** The bad fields that `errors` lists: an answer must not be many times as long as the request. */
const MAX_LISTED = 20;

export interface FieldError {
  readonly field: string;
  readonly message: string;
}

/** Every way a request can fail that is not the outcome of a validation. */
const PROBLEMS = {
  bad_request: { status: 400, detail: 'Bad request' },
  not_authenticated: { status: 401, detail: 'Not authenticated' },
  bad_credentials: { status: 401, detail: 'Invalid authentication credentials' },
  bad_key: { status: 401, detail: 'Invalid authentication credentials' },
  environment_mismatch: { status: 401, detail: 'Invalid authentication credentials' },
  over_limit: {
    status: 402,
    detail: { error: 'monthly_limit_exceeded', message: 'Monthly prediction limit exceeded' },
  },
  key_not_found: { status: 404, detail: 'API key not found' },
  no_route: { status: 404, detail: 'Not found' },
  method_not_allowed: { status: 405, detail: 'Method Not Allowed' },
  conflict: { status: 409, detail: 'Conflict' },
  too_large: { status: 413, detail: 'The body is too large' },
  not_json: {
    status: 415,
    detail: 'The body must be JSON, sent with Content-Type: application/json',
  },
  key_reused: { status: 422, detail: 'idempotency_key has been used with another report' },
  internal: { status: 500, detail: 'Internal server error' },
  unavailable: { status: 503, detail: 'Service temporarily unavailable' },
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

interface ProblemOptions {
  /** Shown in place of the code's own detail. */
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
  /** How many bad fields `errors` doesn't list. */
  readonly moreErrors?: number;
  readonly headers?: Record<string, string>;
  /** Only ever logged. */
  readonly log?: Reply['log'];
}

/** A failure with the answer it gets. What it shows is chosen here; a cause is only ever logged. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;

  constructor(
    readonly code: ProblemCode,
    private readonly options: ProblemOptions = {},
  ) {
    super(code);
    this.status = PROBLEMS[code].status;
  }

  /** The answer, as problem details (RFC 9457). */
  toReply(): Reply {
    const { detail = PROBLEMS[this.code].detail, errors, moreErrors, headers, log } = this.options;
    return {
      status: this.status,
      headers: { 'Content-Type': 'application/problem+json', ...headers },
      body: {
        type: 'about:blank',
        title: STATUS_CODES[this.status],
        status: this.status,
        detail,
        ...(errors && { errors }),
        ...(moreErrors && { more_errors: moreErrors }),
      },
      log: {
        code: this.code,
        ...log,
        ...(errors && { fields: errors.slice(0, MAX_NAMED).map(({ field }) => field) }),
      },
    };
  }
}

/** What the caller wrote, and may have written a key into by mistake, in a length fit for a log. */
function shown(text: string): string {
  return maskKeysIn(text).slice(0, MAX_SHOWN);
}

/** A 400 that lists the bad fields in `errors` and names the first of them in the sentence; of many it says how many more. */
export function badFields(found: readonly FieldError[]): Problem {
  const errors = found.slice(0, MAX_LISTED).map(({ field, message }) => ({
    field: shown(field),
    message: shown(message),
  }));
  const named = errors.slice(0, MAX_NAMED).map(({ field, message }) => `${field}: ${message}`);
  const unnamed = found.length - named.length;
  const detail = [...named, ...(unnamed > 0 ? [`and ${unnamed} more`] : [])].join('; ');
  return new Problem('bad_request', { detail, errors, moreErrors: found.length - errors.length });
}
