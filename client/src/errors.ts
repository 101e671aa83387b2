interface UnavailableOptions {
  readonly cause?: unknown;
  readonly status?: number;
  readonly retryAfter?: number | undefined;
  readonly isOutage?: boolean;
}

/** The service gave no usable answer, so nothing is decided. */
export class AuthUnavailable extends Error {
  override readonly name = 'AuthUnavailable';
  /** The status of the answer, if there was one. */
  readonly status?: number;
  /** The seconds after which to try again, if the answer told. */
  readonly retryAfter?: number;
  /**
   * Whether the service could not answer. False if it did not accept the request (4xx) or the client
   * is closed: then nobody may be let through, however a route fails.
   */
  readonly isOutage: boolean;

  constructor(message: string, options: UnavailableOptions = {}) {
    const { cause, status, retryAfter, isOutage = true } = options;
    super(message, cause === undefined ? {} : { cause: describe(cause) });
    this.isOutage = isOutage;
    if (status !== undefined) this.status = status;
    if (retryAfter !== undefined) this.retryAfter = retryAfter;
  }

  /** Recognizes the errors of every copy of the package, such as its ES and CommonJS modules. */
  static override [Symbol.hasInstance](value: unknown): value is AuthUnavailable {
    return isNamed(value, 'AuthUnavailable');
  }
}

/** The service does not accept a request: a field is wrong, or the key may not be used for it. */
export class AuthRejected extends Error {
  override readonly name = 'AuthRejected';

  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }

  /** Recognizes the errors of every copy of the package. */
  static override [Symbol.hasInstance](value: unknown): value is AuthRejected {
    return isNamed(value, 'AuthRejected');
  }
}

/** Returns the error of a call. Any other than AuthUnavailable is a mistake of the caller or ours. */
export function toUnavailable(cause: unknown): AuthUnavailable {
  if (cause instanceof AuthUnavailable) return cause;
  return new AuthUnavailable('The request could not be sent', { cause, isOutage: false });
}

/** Makes the error for a connection that failed. */
export function noAnswer(cause: unknown): AuthUnavailable {
  const code = codeOf(cause);
  const message = `The API-key service did not answer${code === undefined ? '' : ` (${code})`}`;
  return new AuthUnavailable(message, { cause });
}

/** Makes the error for an answer that is not there in time. */
export function noAnswerWithin(milliseconds: number, cause?: unknown): AuthUnavailable {
  return new AuthUnavailable(`The API-key service did not answer within ${milliseconds} ms`, {
    cause,
  });
}

/** Returns the code of an error or of one below it, such as `ECONNREFUSED`. */
function codeOf(error: unknown): unknown {
  if (!isError(error)) return undefined;
  return 'code' in error ? error.code : codeOf(error.cause);
}

function isNamed(value: unknown, name: string): boolean {
  return isError(value) && value.name === name;
}

/** An error of `fetch` may be of another realm, so it is recognized by its fields. */
function isError(value: unknown): value is Error {
  return typeof value === 'object' && value !== null && 'name' in value && 'message' in value;
}

/**
 * Returns a copy of an error with its name, code, message and cause. Other fields may hold the key:
 * undici keeps the bytes that it could not parse.
 */
function describe(error: unknown): Error | undefined {
  if (!isError(error)) return undefined;
  const cause = describe(error.cause);
  const copy = new Error(error.message, cause && { cause });
  // The stack begins with the name that it had when it was made, and tells nothing of the error.
  return Object.assign(copy, {
    name: error.name,
    stack: `${error.name}: ${error.message}`,
    ...('code' in error && { code: error.code }),
  });
}
