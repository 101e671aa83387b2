import { retryAfterOf } from '../http-post.ts';
import type { InvalidRequest } from '../wire.ts';

/** A field that the service does not accept. */
export type FieldError = Readonly<NonNullable<InvalidRequest['errors']>[number]>;

/** The service refuses an administrator's request, or failed at it. The message says why. */
export class AdminError extends Error {
  override readonly name = 'AdminError';
  /** The status of the answer. */
  readonly status: number;
  /** The fields that a 400 names; otherwise empty. */
  readonly errors: readonly FieldError[];
  /** Identifies the request in the service's log. */
  readonly requestId?: string;
  /** The seconds after which to try again, if the answer told. */
  readonly retryAfter?: number;

  constructor(status: number, headers: Headers, body: unknown) {
    const { detail, message, errors } = Object(body);
    // API Gateway's own answers have a `message`, and those of a proxy need not be JSON.
    const said = [detail, message].find((text) => typeof text === 'string');
    super(said ?? `The API-key service answered ${status}`);
    this.status = status;
    this.errors = Array.isArray(errors) ? errors : [];
    const requestId = headers.get('x-request-id');
    if (requestId) this.requestId = requestId;
    const retryAfter = retryAfterOf(headers);
    if (retryAfter !== undefined) this.retryAfter = retryAfter;
  }

  /** Recognizes the errors of every copy of the package. */
  static override [Symbol.hasInstance](value: unknown): value is AdminError {
    return value instanceof Error && value.name === 'AdminError';
  }
}
