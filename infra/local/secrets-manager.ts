import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Endpoint } from './dynamodb.ts';
import { listenLocally } from './listen.ts';
import { SetupError } from './setup-error.ts';

/** One secret: the text of each version, and which version each staging label is on. */
interface Secret {
  versions: Record<string, string>;
  stages: Record<string, string>;
}
type Secrets = Record<string, Secret>;

interface Input {
  SecretId: string;
  Name: string;
  SecretString: string;
  ClientRequestToken?: string;
  VersionId?: string;
  VersionStage?: string;
}

class ServiceError extends Error {
  constructor(
    readonly type: string,
    message: string,
  ) {
    super(message);
  }
}

/**
 * A stand-in for AWS Secrets Manager: its JSON protocol
 * (https://docs.aws.amazon.com/secretsmanager/latest/apireference/), as far as this service calls it.
 * @param file where the secrets are kept; undefined: in memory
 */
export async function startSecretsManager(file: string | undefined): Promise<Endpoint> {
  const inMemory: Secrets = {};
  // Read anew for every request, as another run may share the file.
  const read = () => (file ? load(file) : inMemory);
  read();
  const server = createServer(async (request, response) => {
    const input = await text(request);
    const write = (secrets: Secrets) => file && save(file, secrets);
    const { status, body } = answer(read, write, request.headers['x-amz-target'], input);
    response.writeHead(status, { 'Content-Type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(body));
  });
  return {
    url: await listenLocally(server),
    stop: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function answer(
  read: () => Secrets,
  write: (secrets: Secrets) => void,
  target: unknown,
  input: string,
) {
  try {
    const action = String(target).split('.').at(-1);
    const secrets = read();
    const body = perform(secrets, action, JSON.parse(input));
    if (action !== 'GetSecretValue') write(secrets);
    return { status: 200, body };
  } catch (error) {
    const type = error instanceof ServiceError ? error.type : 'InvalidRequestException';
    return { status: 400, body: { __type: type, message: (error as Error).message } };
  }
}

function perform(secrets: Secrets, action: string | undefined, input: Input) {
  switch (action) {
    case 'CreateSecret':
      if (secrets[input.Name]) {
        throw new ServiceError('ResourceExistsException', 'A secret of this name exists already.');
      }
      secrets[input.Name] = { versions: {}, stages: {} };
      return putValue(secrets, input.Name, input);
    case 'PutSecretValue':
      return putValue(secrets, input.SecretId, input);
    case 'GetSecretValue':
      return getValue(secrets, input);
    default:
      throw new ServiceError('InvalidRequestException', `This stand-in does not know ${action}.`);
  }
}

function putValue(secrets: Secrets, name: string, input: Input) {
  const { versions, stages } = find(secrets, name);
  const version = input.ClientRequestToken ?? randomUUID();
  versions[version] = input.SecretString;
  if (stages.AWSCURRENT) stages.AWSPREVIOUS = stages.AWSCURRENT;
  stages.AWSCURRENT = version;
  return { Name: name, VersionId: version };
}

function getValue(secrets: Secrets, input: Input) {
  const { versions, stages } = find(secrets, input.SecretId);
  const version = input.VersionId ?? stages[input.VersionStage ?? 'AWSCURRENT'];
  const value = version && versions[version];
  if (!value) throw new ServiceError('ResourceNotFoundException', 'There is no such version.');
  return { Name: input.SecretId, VersionId: version, SecretString: value };
}

function find(secrets: Secrets, name: string): Secret {
  const secret = secrets[name];
  if (secret) return secret;
  throw new ServiceError('ResourceNotFoundException', "Secrets Manager can't find the secret.");
}

function load(file: string): Secrets {
  try {
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  } catch {
    throw new SetupError(`The secrets in ${file} can't be read; restore or remove the file.`);
  }
}

/** Renaming makes it all or nothing, also when we are killed half-way. */
function save(file: string, secrets: Secrets): void {
  writeFileSync(`${file}.new`, JSON.stringify(secrets), { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
}
