import { isAllowlistEntry } from '../../lib/domain/allowlist.ts';
import { isNamedToken } from '../../lib/domain/named-token.ts';
import {
  bcryptRounds,
  keyEnvironments,
  leaseMs,
  services,
  usageAddresses,
  usageAuth,
  VARIABLES,
} from '../../lib/environment.ts';

/** A reason why the service can't start, as one sentence for the person who started it. */
export class SetupError extends Error {
  override readonly name = 'SetupError';
}

export interface Settings {
  /** Picks a free port if 0. */
  readonly port: number;
  /** Generated once and stored if undefined. */
  readonly adminToken: string | undefined;
  /** Nothing is stored if `:memory:`. */
  readonly dataDir: string;
  /** Whether the API reference is served. */
  readonly docs: boolean;
}

export const IN_MEMORY = ':memory:';

/** What the functions and the SDK need in the environment, where nothing else is set. */
export const DEFAULTS = {
  [VARIABLES.keysTable]: 'hokusai-keys',
  [VARIABLES.usageTable]: 'hokusai-usage',
  [VARIABLES.auditTable]: 'hokusai-audit-log',
  [VARIABLES.securityTable]: 'hokusai-security',
  [VARIABLES.adminTokenSecret]: 'hokusai/admin-token',
  [VARIABLES.adminTokenRotationDays]: '30',
  [VARIABLES.namedTokensSecret]: 'hokusai/named-tokens',
  [VARIABLES.pepperSecret]: 'hokusai/pepper',
  [VARIABLES.keyEnvironments]: 'production,test,development',
  [VARIABLES.services]: 'prediction,platform,website',
  [VARIABLES.bcryptRounds]: '12',
  [VARIABLES.usageAuth]: 'required',
  [VARIABLES.leaseMs]: '1500',
  [VARIABLES.stackName]: 'hokusai-api-keys-local',
  AWS_REGION: 'us-east-1',
  // The SDK prints a notice about Node 20 otherwise, before everything else.
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
};

/**
 * Reads the settings from the environment and fills in what the functions and the SDK need there.
 * @throws SetupError for a value that can't be used
 */
export function readSettings(): Settings {
  for (const [name, value] of Object.entries(DEFAULTS)) process.env[name] ||= value;
  keepOffAws();
  try {
    keyEnvironments();
    services();
    bcryptRounds();
    usageAuth();
    leaseMs();
  } catch (error) {
    throw new SetupError(`${(error as Error).message}.`);
  }
  const wrong = usageAddresses().find((entry) => !isAllowlistEntry(entry));
  if (wrong !== undefined) {
    throw new SetupError(
      `${VARIABLES.usageAddresses} lists "${wrong}"; it takes addresses and CIDR ranges.`,
    );
  }
  return {
    port: readPort(),
    adminToken: readAdminToken(),
    dataDir: process.env.DATA_DIR || '.local',
    docs: readDocs(),
  };
}

/** Removes the credentials of an AWS account: the local run must neither use nor need one. */
function keepOffAws(): void {
  const { env } = process;
  delete env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS;
  if (!env.AWS_ENDPOINT_URL_DYNAMODB || !env.AWS_ENDPOINT_URL_SECRETS_MANAGER) {
    for (const name of ['PROFILE', 'SESSION_TOKEN', 'ACCESS_KEY_ID']) delete env[`AWS_${name}`];
  }
  if (env.AWS_PROFILE || env.AWS_ACCESS_KEY_ID) return;
  env.AWS_ACCESS_KEY_ID = 'local';
  env.AWS_SECRET_ACCESS_KEY = 'local';
}

function readPort(): number {
  const text = process.env.PORT || '3000';
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new SetupError(`PORT is "${text}"; it takes a whole number from 0 to 65535.`);
}

function readDocs(): boolean {
  const text = process.env.DOCS || 'true';
  if (text === 'true' || text === 'false') return text === 'true';
  throw new SetupError(`DOCS is "${text}"; it takes true or false.`);
}

/** Accepts visible ASCII without spaces, as a header can carry it (RFC 6750, section 2.1). */
function readAdminToken(): string | undefined {
  const token = process.env.ADMIN_TOKEN || undefined;
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
    throw new SetupError('ADMIN_TOKEN holds a space or a character that a header cannot carry.');
  }
  if (token !== undefined && isNamedToken(token)) {
    throw new SetupError('ADMIN_TOKEN has the format of a named token; choose another.');
  }
  return token;
}
