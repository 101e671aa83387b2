/**
 * A service we depend on gave no answer. It says nothing about the key or the token in question,
 * so the caller is told to come back: refuse, never guess.
 */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}
