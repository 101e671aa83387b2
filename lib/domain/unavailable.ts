/**
 * A service we depend on gave no answer. It says nothing about the key or the token in question,
 * so the caller is told to come back: refuse, never guess.
 */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
  /** True when it is certain that what was asked for has not been done. */
  readonly refused: boolean;

  constructor(
    message: string,
    { refused = false, ...options }: ErrorOptions & { refused?: boolean } = {},
  ) {
    super(message, options);
    this.refused = refused;
  }
}
