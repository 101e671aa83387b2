/**
 * A service we depend on gave no answer. Nothing is known then about the key or the token in
 * question, so the request fails with 503 and neither accepts nor refuses it.
 */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
  /** True if the operation was certainly not carried out. */
  readonly refused: boolean;

  constructor(
    message: string,
    { refused = false, ...options }: ErrorOptions & { refused?: boolean } = {},
  ) {
    super(message, options);
    this.refused = refused;
  }
}
