import { ENVIRONMENTS, type Environment } from './domain/key.ts';

/** The variables a function may be given. The stack and the one-machine run set them by these names. */
export const VARIABLES = {
  keysTable: 'KEYS_TABLE',
  auditTable: 'AUDIT_TABLE',
  adminTokenSecret: 'ADMIN_TOKEN_SECRET',
  pepperSecret: 'PEPPER_SECRET',
  keyEnvironments: 'KEY_ENVIRONMENTS',
  services: 'SERVICES',
  bcryptRounds: 'BCRYPT_ROUNDS',
} as const;

/** @throws Error naming the variable when it is missing or empty */
export function requireEnv(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`The environment variable ${name} is not set`);
  return value;
}

/** The environments whose keys this deployment accepts, from `KEY_ENVIRONMENTS`, comma-separated. */
export function keyEnvironments(): Environment[] {
  return listFrom(VARIABLES.keyEnvironments).map((name) => {
    const environment = ENVIRONMENTS.find((known) => known === name);
    if (environment) return environment;
    throw new Error(
      `${VARIABLES.keyEnvironments} lists "${name}"; it takes ${ENVIRONMENTS.join(', ')}`,
    );
  });
}

/** The services a key may be issued for, from `SERVICES`, comma-separated. */
export function services(): string[] {
  return listFrom(VARIABLES.services);
}

/** bcrypt's cost for new keys, from `BCRYPT_ROUNDS`: 4 to 15, as bcrypt's answer must fit in a request. */
export function bcryptRounds(): number {
  const text = requireEnv(VARIABLES.bcryptRounds);
  const rounds = Number(text);
  if (!Number.isInteger(rounds) || rounds < 4 || rounds > 15) {
    throw new Error(`${VARIABLES.bcryptRounds} is "${text}"; it takes a whole number from 4 to 15`);
  }
  return rounds;
}

function listFrom(name: string): string[] {
  const items = requireEnv(name)
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);
  if (items.length === 0) throw new Error(`The environment variable ${name} lists nothing`);
  return items;
}
