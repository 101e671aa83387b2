import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ENVIRONMENTS, type Environment } from '../../lib/domain/key.ts';

/** The area of the cases in cases.ts. */
export const HTTP = 'http';

/** The areas of cases: a file of workflows each, and {@link HTTP}. */
export const AREAS = [
  ...readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith('.arazzo.yaml'))
    .map((file) => file.replace('.arazzo.yaml', '')),
  HTTP,
];

export const HELP = `npm run conformance -- --url <base> [--admin-token <token>] [options]

Checks whether a deployment answers as docs/api.md says, and prints a line for each case.
  --url          base URL of the deployment, without /api/v1
  --admin-token  admin token; better set ADMIN_TOKEN, because npm prints its command line, and
                 the shell's history and other users of the machine see it
  --environment  environment whose keys the deployment accepts: ${ENVIRONMENTS.join(', ')};
                 by default production
  --service      a service of the deployment, by default prediction
  --only         runs only the cases of one area; may be repeated:
                 ${AREAS.join(', ')}

It creates keys whose names begin with "conformance-" and revokes them at the end. Exit code: 0 if
every case passed, 1 if one failed or a key could not be revoked, 2 if the cases could not be run,
130 if it was interrupted.
`;

export interface Options {
  /** The base URL, without a slash at the end. */
  readonly url: string;
  readonly adminToken: string;
  readonly environment: Environment;
  readonly service: string;
  readonly areas: readonly string[];
}

/** An option is missing or malformed. */
export class UsageError extends Error {}

/**
 * Reads the options, or returns undefined if help was asked for.
 * @throws UsageError
 */
export function readOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Options | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  return {
    url: readUrl(values.url),
    adminToken: readToken(values['admin-token'] ?? env.ADMIN_TOKEN),
    environment: oneOf('--environment', ENVIRONMENTS, values.environment),
    service: readService(values.service),
    areas: values.only?.map((area) => oneOf('--only', AREAS, area)) ?? AREAS,
  };
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        url: { type: 'string' },
        'admin-token': { type: 'string' },
        environment: { type: 'string', default: 'production' },
        service: { type: 'string', default: 'prediction' },
        only: { type: 'string', multiple: true },
        help: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function readUrl(text: string | undefined): string {
  if (!text) throw new UsageError('--url is missing');
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.search || url.hash) {
    throw new UsageError('--url takes an address such as https://api.example.com');
  }
  if (/\/api\/v1\/?$/.test(url.pathname)) throw new UsageError('--url is without /api/v1');
  return (url.origin + url.pathname).replace(/\/+$/, '');
}

/** Never repeats the token in the message. */
function readToken(text: string | undefined): string {
  if (!text) throw new UsageError('--admin-token and ADMIN_TOKEN are missing');
  // A shorter one could be part of any answer, and could not be masked in the output.
  if (!/^[\x21-\x7e]{8,}$/.test(text)) {
    throw new UsageError('--admin-token takes 8 or more printable ASCII characters without spaces');
  }
  return text;
}

function readService(text: string): string {
  if (!/^[\x21-\x7e]{1,100}$/.test(text)) {
    throw new UsageError('--service takes the name of a service, such as prediction');
  }
  return text;
}

function oneOf<T extends string>(option: string, values: readonly T[], text: string): T {
  const value = values.find((one) => one === text);
  if (value === undefined) throw new UsageError(`${option} takes one of: ${values.join(', ')}`);
  return value;
}
