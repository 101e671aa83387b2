/** Why the one-machine run can't start, in one sentence for the person who started it. */
export class SetupError extends Error {
  override readonly name = 'SetupError';
}
