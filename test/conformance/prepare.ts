import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Environment, generateKey } from '../../lib/domain/key.ts';
import { HOUR_MS } from '../../lib/domain/time.ts';
import { withOtherSecret } from '../support/drawing.ts';
import type { Answer, Client } from './client.ts';
import type { Options } from './options.ts';

/** Longer than the cases that count usage need, up to which the hour must not end. */
const ENOUGH_MS = 20_000;

/** The inputs of the workflows, see inputs.yaml. */
export type Inputs = Readonly<Record<string, string>>;

/** A key as a deployment issued it. */
export interface IssuedKey {
  readonly api_key: string;
  readonly key_id: string;
  // biome-ignore lint/suspicious/noExplicitAny: what a service answers is for the case to check
  readonly key_info: any;
}

/** The first key was certainly not issued, so that there is nothing to clean up. */
export class NothingIssued extends Error {}

/** The errors of requests that a service may have received. */
const UNCERTAIN = ['ECONNRESET', 'UND_ERR_SOCKET'];

/**
 * Issues a first key, which shows that the deployment can be reached and the options are right.
 * @throws NothingIssued or Error, which say what is wrong
 */
export async function issueFirstKey(
  { url, environment, service }: Options,
  client: Client,
  namePrefix: string,
): Promise<IssuedKey> {
  const answer = await client
    .call('POST', '/api/v1/keys', {
      body: {
        name: `${namePrefix}-first`,
        service_id: service,
        environment,
        expires_in_days: 1,
      },
    })
    .catch((error: Error) => {
      const { code, message } = (error.cause ?? error) as NodeJS.ErrnoException;
      const isUncertain = !error.cause || UNCERTAIN.includes(code ?? '');
      const Reason = isUncertain ? Error : NothingIssued;
      throw new Reason(`${url} cannot be reached: ${typeof code === 'string' ? code : message}`);
    });
  if (answer.body?.api_key && answer.body.key_id && answer.body.key_info) return answer.body;
  const isRefused = answer.status >= 300 && answer.status < 500;
  const Reason = isRefused ? NothingIssued : Error;
  throw new Reason(`No key could be issued: ${reasonOf(answer)}`);
}

function reasonOf({ status, body }: Answer): string {
  if (status === 401) return 'the deployment does not accept the admin token (401)';
  const detail = typeof body?.detail === 'string' ? `, "${body.detail}"` : '';
  return `POST /api/v1/keys was answered with ${status}${detail}; is --url this service?`;
}

export function makeInputs(
  { adminToken, environment, service }: Options,
  namePrefix: string,
  { api_key }: IssuedKey,
): Inputs {
  const foreign: Environment = environment === 'production' ? 'test' : 'production';
  return {
    admin_token: adminToken,
    environment,
    service_id: service,
    name_prefix: namePrefix,
    unknown_key: generateKey(environment, randomInt).text,
    wrong_secret_key: withOtherSecret(api_key),
    foreign_environment: foreign,
    // Its checksum is wrong, because a right one would raise the alarm EnvironmentMismatches.
    foreign_key: generateKey(foreign, randomInt).text.replace(/.{6}$/, '000000'),
  };
}

/** Waits for the next hour if this one is about to end, because limits count anew in it. */
export async function avoidEndOfHour(
  now: number,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const left = HOUR_MS - (now % HOUR_MS);
  if (left > ENOUGH_MS) return;
  say(`The hour ends in ${Math.ceil(left / 1000)} s; waiting, because limits count anew in it.`);
  await delay(left + 1000, undefined, { signal });
}
