/** The service gave no usable answer, so nothing is decided. */
export class AuthUnavailable extends Error {
  override readonly name = 'AuthUnavailable';
  /** The status of the answer, if there was one. */
  readonly status?: number;

  constructor(message: string, options: { cause?: unknown; status?: number } = {}) {
    super(message, options);
    if (options.status !== undefined) this.status = options.status;
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
}

/** Returns the error of a call, as the reason for which there is no answer. */
export function toUnavailable(error: unknown): AuthUnavailable {
  if (error instanceof AuthUnavailable) return error;
  return new AuthUnavailable('The API-key service did not answer', { cause: error });
}
