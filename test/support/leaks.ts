import type { AttributeValue } from '@aws-sdk/client-dynamodb';

const FULL_KEY = /hk_(live|test|dev)_[0-9A-Za-z]{32}/;
const BCRYPT_HASH = /\$2[aby]\$\d\d\$/;

export interface Searched {
  /** The keys and tokens that were issued. */
  readonly issued: readonly string[];
  /** The log lines and answers. */
  readonly lines: readonly string[];
  /** The items of the tables. */
  readonly items: readonly Record<string, AttributeValue>[];
}

/**
 * Finds the lines and items that hold a full key, the secret part of an issued one or a token, and
 * the lines that hold a bcrypt hash, which only the table may.
 */
export function findLeaks({ issued, lines, items }: Searched): string[] {
  const secrets = issued.map((text) => (FULL_KEY.test(text) ? text.slice(-25, -6) : text));
  const leaks = (text: string) =>
    FULL_KEY.test(text) || secrets.some((secret) => text.includes(secret));
  return [
    ...lines.filter((line) => leaks(line) || BCRYPT_HASH.test(line)),
    ...items.map(textOf).filter(leaks),
  ];
}

/** Returns all names and values of an item as text, a binary one byte for byte. */
function textOf(value: unknown): string {
  if (ArrayBuffer.isView(value)) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1');
  }
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, part]) => `${name}: ${textOf(part)}`)
    .join('\n');
}
