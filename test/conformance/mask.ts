/** Stands for a secret, as in the output of `redocly respect`. */
export const MASK = '********';

const KEY = /hk_(live|test|dev)_[0-9A-Za-z]{32}/g;

/** Masks keys, and the secrets that were added to it, in everything that the kit prints. */
export class Mask {
  private readonly secrets = new Set<string>();

  add(secret: string): void {
    this.secrets.add(secret);
  }

  apply(text: string): string {
    let masked = text.replace(KEY, MASK);
    for (const secret of this.secrets) masked = masked.replaceAll(secret, MASK);
    return masked;
  }
}
