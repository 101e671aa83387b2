import { crc32 } from 'node:zlib';
import { v5 as uuidV5 } from 'uuid';

/** What a key is for. Each environment has a prefix of its own, so that a misplaced key is known at sight. */
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
const SHAPE = /^hk_(live|test|dev)_[0-9A-Za-z]{32}$/;

/** Any fixed UUID serves; changing this one would lose every stored key. */
const KEY_ID_NAMESPACE = '6f2d1c0e-8a53-4b7e-9d44-1f0a7c35e2b8';

/** A string of the right shape. It may still be a guess: see {@link hasValidChecksum}. */
export interface ApiKey {
  /** The full key. Never stored, never logged. */
  readonly text: string;
  readonly environment: Environment;
}

/**
 * Draws a new key: `hk_live_` + 7 characters of public id + 19 of secret (113 bits) + 6 of checksum.
 * @param random returns a uniform integer in [0, bound), from a cryptographic source
 */
export function generateKey(environment: Environment, random: (bound: number) => number): ApiKey {
  const drawn = Array.from(
    { length: PUBLIC_ID_LENGTH + SECRET_LENGTH },
    () => BASE62[random(BASE62.length)],
  );
  const unchecked = `hk_${TAGS[environment]}_${drawn.join('')}`;
  return { text: unchecked + checksum(unchecked), environment };
}

/** Reads a presented key; `undefined` when it does not have the shape of one. */
export function parseKey(text: string): ApiKey | undefined {
  const tag = SHAPE.exec(text)?.[1];
  const environment = tag && ENVIRONMENT_OF_TAG[tag];
  return environment ? { text, environment } : undefined;
}

/** True for a text that begins as all our keys do: it is meant as one, whether it is one or not. */
export function isOurs(text: string): boolean {
  return text.startsWith('hk_');
}

/** True when the last six characters fit the rest: typos and scanner noise end here, before any I/O. */
export function hasValidChecksum(key: ApiKey): boolean {
  return checksum(key.text.slice(0, -CHECKSUM_LENGTH)) === key.text.slice(-CHECKSUM_LENGTH);
}

/**
 * The key's UUID, derived one-way from its prefix and public id (RFC 9562, version 5), so that
 * validation and administration reach the same item by its primary key, without an index.
 */
export function keyIdOf(key: ApiKey): string {
  return uuidV5(key.text.slice(0, -(SECRET_LENGTH + CHECKSUM_LENGTH)), KEY_ID_NAMESPACE);
}

/** The masked form that may be shown anywhere: `hk_live_AbC***`. */
export function maskKey(key: ApiKey): string {
  return `${key.text.slice(0, key.text.lastIndexOf('_') + 4)}***`;
}

/** What a log may say of a key, so that whoever has to find it knows which. */
export function labelsOf(key: ApiKey) {
  return { key_id: keyIdOf(key), key_prefix: maskKey(key) };
}

/**
 * Labels a key of another environment for the log, also with whether it can be real: a made-up one
 * seldom has the right checksum.
 */
export function foreignLabelsOf(key: ApiKey) {
  return { ...labelsOf(key), valid_checksum: hasValidChecksum(key) };
}

/** Masks every key in a text of unknown origin, such as the name of a field we do not know. */
export function maskKeysIn(text: string): string {
  return text.replace(/(hk_(?:live|test|dev)_[0-9A-Za-z]{3})[0-9A-Za-z]+/g, '$1***');
}

/** CRC-32 in base62, as GitHub ends its tokens, so that a secret scanner can tell a leak from a look-alike. */
function checksum(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let i = 0; i < CHECKSUM_LENGTH; i++) {
    digits = BASE62.charAt(rest % BASE62.length) + digits;
    rest = Math.floor(rest / BASE62.length);
  }
  return digits;
}
