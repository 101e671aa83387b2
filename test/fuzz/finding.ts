/** Something that the fuzzer found: what the service did, and must not do. */
export class Finding extends Error {
  override readonly name = 'Finding';
  /** The number of generated requests until then; undefined: all. */
  after: number | undefined;

  /** @param isSlow whether a machine that stood still for seconds may be the cause */
  constructor(
    message: string,
    readonly isSlow = false,
  ) {
    super(message);
  }
}
