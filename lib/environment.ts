import { ENVIRONMENTS, type Environment } from './domain/key.ts';
import { MAX_LEASE_MS } from './domain/lease.ts';

/** Names of the functions' environment variables, as the stack and the local run set them. */
export const VARIABLES = {
  keysTable: 'KEYS_TABLE',
  usageTable: 'USAGE_TABLE',
  auditTable: 'AUDIT_TABLE',
  /** Holds what the daily check of all keys has found, and counts of refused attempts. */
  securityTable: 'SECURITY_TABLE',
  adminTokenSecret: 'ADMIN_TOKEN_SECRET',
  /** The days after which the admin token is rotated. */
  adminTokenRotationDays: 'ADMIN_TOKEN_ROTATION_DAYS',
  namedTokensSecret: 'NAMED_TOKENS_SECRET',
  pepperSecret: 'PEPPER_SECRET',
  keyEnvironments: 'KEY_ENVIRONMENTS',
  services: 'SERVICES',
  bcryptRounds: 'BCRYPT_ROUNDS',
  usageAuth: 'USAGE_AUTH',
  /** The longest lease in milliseconds; 0: none are granted. */
  leaseMs: 'LEASE_MS',
  usageAddresses: 'USAGE_ADDRESSES',
  /** The deployment's name: the namespace of its metrics, and part of each notice's subject. */
  stackName: 'STACK_NAME',
  /** Receives the daily notice of keys due for rotation. */
  dueKeysTopic: 'DUE_KEYS_TOPIC',
  /** The folder of the API reference; not set where the service does not have one. */
  docsFolder: 'DOCS_FOLDER',
} as const;
export type Variable = (typeof VARIABLES)[keyof typeof VARIABLES];

/** The values of `USAGE_AUTH`. */
export const USAGE_AUTH = ['required', 'open'] as const;
export type UsageAuth = (typeof USAGE_AUTH)[number];

/** @throws Error naming the variable when it is missing or empty */
export function requireEnv(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`The environment variable ${name} is not set`);
  return value;
}

/** Returns the environments whose keys are accepted: `KEY_ENVIRONMENTS`, comma-separated. */
export function keyEnvironments(): Environment[] {
  return listFrom(VARIABLES.keyEnvironments).map((name) => {
    const environment = ENVIRONMENTS.find((known) => known === name);
    if (environment) return environment;
    throw new Error(
      `${VARIABLES.keyEnvironments} lists "${name}"; it takes ${ENVIRONMENTS.join(', ')}`,
    );
  });
}

/** Returns the services that keys can be issued for: `SERVICES`, comma-separated. */
export function services(): string[] {
  return listFrom(VARIABLES.services);
}

/** Returns bcrypt's cost for new keys: `BCRYPT_ROUNDS`, limited because requests wait for it. */
export function bcryptRounds(): number {
  return wholeNumber(VARIABLES.bcryptRounds, 4, 15);
}

/** Returns the longest lease in milliseconds: `LEASE_MS`; 0: none are granted. */
export function leaseMs(): number {
  return wholeNumber(VARIABLES.leaseMs, 0, MAX_LEASE_MS);
}

/** Returns the days after which the admin token is rotated: `ADMIN_TOKEN_ROTATION_DAYS`. */
export function adminTokenRotationDays(): number {
  return wholeNumber(VARIABLES.adminTokenRotationDays, 1, 1000);
}

/**
 * Returns who may report usage, from `USAGE_AUTH`: with `required`, the key itself and
 * administrators; with `open`, anyone.
 */
export function usageAuth(): UsageAuth {
  const text = requireEnv(VARIABLES.usageAuth);
  const mode = USAGE_AUTH.find((known) => known === text);
  if (mode) return mode;
  throw new Error(`${VARIABLES.usageAuth} is "${text}"; it takes ${USAGE_AUTH.join(' or ')}`);
}

/**
 * Returns the addresses and CIDR ranges that open usage reports are accepted from:
 * `USAGE_ADDRESSES`, comma-separated. An empty list accepts any address.
 */
export function usageAddresses(): string[] {
  return split(process.env[VARIABLES.usageAddresses] ?? '');
}

/** Returns the folder with the files of the API reference, or undefined if it is switched off. */
export function docsFolder(): string | undefined {
  return process.env[VARIABLES.docsFolder] || undefined;
}

function wholeNumber(name: string, minimum: number, maximum: number): number {
  const text = requireEnv(name);
  const value = Number(text);
  if (Number.isInteger(value) && value >= minimum && value <= maximum) return value;
  throw new Error(`${name} is "${text}"; it takes a whole number from ${minimum} to ${maximum}`);
}

function listFrom(name: string): string[] {
  const items = split(requireEnv(name));
  if (items.length === 0) throw new Error(`The environment variable ${name} lists nothing`);
  return items;
}

function split(list: string): string[] {
  return list
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);
}
