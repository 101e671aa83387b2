import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Endpoint } from './dynamodb.ts';
import { listenLocally } from './listen.ts';
import { perform, type Secrets, ServiceError } from './secrets.ts';
import { SetupError } from './settings.ts';

const READS: ReadonlySet<unknown> = new Set([
  'GetSecretValue',
  'DescribeSecret',
  'ListSecretVersionIds',
]);

/**
 * Starts a stand-in for AWS Secrets Manager that implements the calls this service makes
 * (https://docs.aws.amazon.com/secretsmanager/latest/apireference/).
 * It starts a rotation; the caller invokes the rotation function for its four steps.
 * @param file where it stores the secrets; in memory if undefined
 */
export async function startSecretsManager(file: string | undefined): Promise<Endpoint> {
  const inMemory: Secrets = {};
  // Reads the file for every request, because another run may share it.
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
    if (!READS.has(action)) write(secrets);
    return { status: 200, body };
  } catch (error) {
    const type = error instanceof ServiceError ? error.type : 'InvalidRequestException';
    return { status: 400, body: { __type: type, message: (error as Error).message } };
  }
}

function load(file: string): Secrets {
  try {
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  } catch {
    throw new SetupError(`The secrets in ${file} can't be read; restore or remove the file.`);
  }
}

/** Writes a new file and renames it, so that a kill in between leaves the old one complete. */
function save(file: string, secrets: Secrets): void {
  writeFileSync(`${file}.new`, JSON.stringify(secrets), { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
}
