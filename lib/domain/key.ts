import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { v5 as uuidV5 } from 'uuid';

/** The environments of keys. Each has its own prefix, so that a misplaced key is recognizable. */
export const ENVIRONMENTS = ['production', 'test', 'development'] as const;
export type Environment = (typeof ENVIRONMENTS)[number];

const TAGS = { production: 'live', test: 'test', development: 'dev' } as const;
const ENVIRONMENT_OF_TAG: Record<string, Environment> = Object.fromEntries(
  ENVIRONMENTS.map((environment) => [TAGS[environment], environment]),
);

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const PUBLIC_ID_LENGTH = 7;
const SECRET_LENGTH = 19;
const CHECKSUM_LENGTH = 6;
/** The format of a key. */
export const KEY_SHAPE = /^hk_(live|test|dev)_[0-9A-Za-z]{32}$/;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** An arbitrary UUID. Changing it would make every stored key unreachable. */
const KEY_ID_NAMESPACE = '6f2d1c0e-8a53-4b7e-9d44-1f0a7c35e2b8';

/** A string in the format of a key. It may still be a guess: see {@link hasValidChecksum}. */
export interface ApiKey {
  /** The full key. Never stored, never logged. */
  readonly text: string;
  /** SHA-256 of the full key, by which caches know it. */
  readonly sha256: Buffer;
  /**
   * The key's UUID, derived one-way from its prefix and public id (RFC 9562, version 5), so that
   * validation and administration reach the same item by its primary key, without an index.
   */
  readonly keyId: string;
  readonly environment: Environment;
}

/**
 * Generates a key: `hk_live_` + 7 characters of public id + 19 of secret (113 bits) + 6 of
 * checksum.
 * @param random returns a uniform integer in [0, bound), from a cryptographic source
 */
export function generateKey(environment: Environment, random: (bound: number) => number): ApiKey {
  const drawn = Array.from(
    { length: PUBLIC_ID_LENGTH + SECRET_LENGTH },
    () => BASE62[random(BASE62.length)],
  );
  const unchecked = `hk_${TAGS[environment]}_${drawn.join('')}`;
  return toApiKey(unchecked + checksum(unchecked), environment);
}

/** Parses a presented key, or returns undefined if the text does not have the format of one. */
export function parseKey(text: string): ApiKey | undefined {
  const tag = KEY_SHAPE.exec(text)?.[1];
  const environment = tag && ENVIRONMENT_OF_TAG[tag];
  return environment ? toApiKey(text, environment) : undefined;
}

/** Returns whether a text begins like our keys, and is therefore meant as one. */
export function isOurs(text: string): boolean {
  return text.startsWith('hk_');
}

/**
 * Returns whether a text is a UUID, and so may be a key's `key_id`. DynamoDB rejects some other
 * texts with an error.
 */
export function isKeyId(text: string): boolean {
  return UUID.test(text);
}

/** Returns whether the checksum is right. Typos and guesses are refused by it before any I/O. */
export function hasValidChecksum(key: ApiKey): boolean {
  return checksum(key.text.slice(0, -CHECKSUM_LENGTH)) === key.text.slice(-CHECKSUM_LENGTH);
}

/**
 * Returns a `key_id` that no key has, another for each text of a key, so that reads of them spread
 * over the partitions of the table as those of unknown keys do.
 */
export function unusedKeyId({ text }: ApiKey): string {
  return uuidV5(text, KEY_ID_NAMESPACE);
}

/** Returns the masked form, which may be shown anywhere: `hk_live_AbC***`. */
export function maskKey(key: ApiKey): string {
  return `${key.text.slice(0, key.text.lastIndexOf('_') + 4)}***`;
}

/** Returns the masked form of keys that begin like this text, which may be that form itself. */
export function parsePrefix(text: string): string | undefined {
  const [, start] = /^(hk_(?:live|test|dev)_[0-9A-Za-z]{3})(?:\*{3})?$/.exec(text) ?? [];
  return start && `${start}***`;
}

/** Returns the fields that identify a key in the log. */
export function labelsOf(key: ApiKey) {
  return { key_id: key.keyId, key_prefix: maskKey(key) };
}

/**
 * Returns the log fields of a key that was presented in the wrong environment. Its checksum tells a
 * real key from an invented one.
 */
export function foreignLabelsOf(key: ApiKey) {
  return { ...labelsOf(key), valid_checksum: hasValidChecksum(key) };
}

/** One of the characters after a key's prefix, unless another key or token begins there. */
const KEY_CHARACTER = '(?!hkt?_)[0-9A-Za-z]';
const KEYS = new RegExp(`(hk_(?:live|test|dev)_(?:${KEY_CHARACTER}){3})(?:${KEY_CHARACTER})+`, 'g');
const NAMED_TOKENS = /(hkt_[\w-]{3})[\w-]{40}/g;

/** Masks every key and named token in a text of unknown origin, such as an unknown field's name. */
export function maskKeysIn(text: string): string {
  return text.replace(KEYS, '$1***').replace(NAMED_TOKENS, '$1***');
}

/**
 * Returns the CRC-32 in base62, with which GitHub's tokens end as well: a secret scanner can tell a
 * leaked key from a string that only looks like one.
 */
function checksum(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let i = 0; i < CHECKSUM_LENGTH; i++) {
    digits = BASE62.charAt(rest % BASE62.length) + digits;
    rest = Math.floor(rest / BASE62.length);
  }
  return digits;
}

function toApiKey(text: string, environment: Environment): ApiKey {
  const publicPart = text.slice(0, -(SECRET_LENGTH + CHECKSUM_LENGTH));
  return {
    text,
    sha256: createHash('sha256').update(text).digest(),
    environment,
    keyId: uuidV5(publicPart, KEY_ID_NAMESPACE),
  };
}
