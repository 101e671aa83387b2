import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Environment } from '../../lib/domain/key.ts';
import { DAY_MS } from '../../lib/domain/time.ts';
import type { Answer, Client } from './client.ts';
import type { Failure, Result } from './exchanges.ts';
import type { Mask } from './mask.ts';
import type { IssuedKey } from './prepare.ts';

const PREFIXES = { production: 'hk_live_', test: 'hk_test_', development: 'hk_dev_' } as const;
const ROTATION_DAYS = { production: 90, test: 180, development: undefined } as const;
/** The list of keys may lack a new key for a moment. */
const LIST_ATTEMPTS = 10;

interface Context {
  readonly client: Client;
  readonly first: IssuedKey;
  readonly namePrefix: string;
  readonly environment: Environment;
  readonly service: string;
}

class Mismatch extends Error {
  constructor(
    readonly place: string,
    readonly expected: string,
    readonly came: string,
  ) {
    super(`${place}: ${expected}`);
  }
}

/**
 * The cases that Arazzo cannot express: it knows only the paths and methods of the OpenAPI
 * document, and neither alternatives nor sums; respect sends a content type with every POST and
 * DELETE; and neither takes a part of a text or computes with times.
 */
const CASES: Readonly<Record<string, (context: Context) => Promise<void>>> = {
  'unknown-path': async ({ client }) => {
    const answer = await client.call('GET', '/api/v1/nothing');
    expectStatus('GET /api/v1/nothing', answer, 404);
    expectEqual('the content type', answer.headers['content-type'], 'application/problem+json');
    expectEqual('the body', answer.body, {
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      detail: 'Not found',
    });
  },

  'wrong-method': async ({ client, first }) => {
    for (const [method, path, allowed] of [
      ['PUT', '/api/v1/keys', ['GET', 'POST']],
      ['POST', `/api/v1/keys/${first.key_id}`, ['DELETE', 'GET', 'PATCH']],
      ['POST', '/health', ['GET', 'HEAD']],
    ] as const) {
      const answer = await client.call(method, path);
      expectStatus(`${method} ${path}`, answer, 405);
      const methods = answer.headers.allow?.split(/\s*,\s*/).sort();
      expectEqual(`Allow of ${path}`, methods, allowed);
    }
  },

  'requests-without-a-body': async ({ client, namePrefix, service, environment }) => {
    const created = await client.call('POST', '/api/v1/keys', {
      body: { name: `${namePrefix}-no-body`, service_id: service, environment, expires_in_days: 1 },
    });
    expectStatus('POST /api/v1/keys', created, 201);
    const { key_id, api_key } = created.body;
    const headers = { 'x-api-key': api_key };
    const validated = await client.call('POST', '/api/v1/keys/validate', { headers });
    expectStatus('POST /api/v1/keys/validate', validated, 200);
    const rotated = await client.call('POST', `/api/v1/keys/${key_id}/rotate`);
    expectStatus('POST /api/v1/keys/{key_id}/rotate', rotated, 200);
    const revoked = await client.call('DELETE', `/api/v1/keys/${rotated.body.key_id}`);
    expectStatus('DELETE /api/v1/keys/{key_id}', revoked, 200);
  },

  'format-of-a-key': async ({ first: { api_key, key_info }, environment }) => {
    const prefix = PREFIXES[environment];
    expectEqual('the prefix of the key', api_key.slice(0, prefix.length), prefix);
    const start = api_key.slice(0, prefix.length + 3);
    expectEqual('key_prefix', key_info.key_prefix, `${start}***`);
    const days = ROTATION_DAYS[environment];
    expectEqual('rotation_due_at', key_info.rotation_due_at, days ? later(key_info, days) : null);
    expectEqual('expires_at', key_info.expires_at, later(key_info, 1));
  },

  leases: async ({ client, namePrefix, service, environment }) => {
    const created = await client.call('POST', '/api/v1/keys', {
      body: { name: `${namePrefix}-lease`, service_id: service, environment, expires_in_days: 1 },
    });
    expectStatus('POST /api/v1/keys', created, 201);
    const { key_id, api_key } = created.body;
    const validate = () =>
      client.call('POST', '/api/v1/keys/validate', {
        headers: { 'x-api-key': api_key },
        body: { lease_requests: 4 },
      });
    const { status, headers, body } = await validate();
    expectStatus('POST /api/v1/keys/validate', { status, headers, body }, 200);
    // A deployment may grant no leases.
    const { requests, milliseconds } = body.lease ?? { requests: 1, milliseconds: 1 };
    expectEqual('lease.requests', requests, body.lease ? 4 : 1);
    expectEqual(
      'lease.milliseconds from 1 to 2000',
      milliseconds >= 1 && milliseconds <= 2000,
      true,
    );
    expectEqual('rate_limit.remaining', body.rate_limit.remaining, 1000 - requests);
    const revoked = await client.call('DELETE', `/api/v1/keys/${key_id}`);
    expectStatus('DELETE /api/v1/keys/{key_id}', revoked, 200);
    const refused = await validate();
    expectStatus('POST /api/v1/keys/validate after it', refused, 401);
    expectEqual('whether a refusal has a lease', 'lease' in refused.body, false);
  },

  'list-in-pages': async ({ client, service }) => {
    const path = `/api/v1/keys?service_id=${encodeURIComponent(service)}&limit=1`;
    const one = await firstPage(client, path);
    const next = linkOf(one);
    if (!next) throw new Mismatch(`GET ${path}`, 'a Link header to the next page', 'none');
    const two = await client.call('GET', next);
    expectStatus(`GET ${next}`, two, 200);
    const listed = [...one.body, ...two.body].map(({ key_id, created_at, service_id }) => ({
      key_id,
      created_at,
      service_id,
    }));
    const [newer, older] = listed;
    expectEqual('the number of keys in two pages with limit=1', listed.length, 2);
    if (newer?.key_id === older?.key_id || newer?.created_at < older?.created_at) {
      throw new Mismatch('two pages', 'another key, newest first', JSON.stringify(listed));
    }
    expectEqual('service_id on the next page', older?.service_id, service);
  },
};

/** Runs the cases one after the other. */
export async function runCases(context: Context, mask: Mask): Promise<Result[]> {
  const results: Result[] = [];
  for (const [name, run] of Object.entries(CASES)) {
    const failure = await run(context).then(() => undefined, toFailure);
    results.push({ name, failures: failure ? [masked(failure, mask)] : [] });
  }
  return results;
}

/** Lists until there is a next page: there is more than one key, but the list may lag. */
async function firstPage(client: Client, path: string): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    const answer = await client.call('GET', path);
    expectStatus(`GET ${path}`, answer, 200);
    if (linkOf(answer) || attempt === LIST_ATTEMPTS) return answer;
    await delay(1000);
  }
}

/** Returns the path and query of the next page (RFC 8288), or undefined on the last page. */
export function linkOf({ headers }: Answer): string | undefined {
  const target = /^<([^>]+)>; rel="next"$/.exec(headers.link ?? '')?.[1];
  return target && `/api/v1/keys${new URL(target, 'http://any').search}`;
}

function later({ created_at }: { readonly created_at: string }, days: number): string {
  return new Date(Date.parse(created_at) + days * DAY_MS).toISOString();
}

function expectStatus(place: string, { status, body }: Answer, expected: number): void {
  if (status === expected) return;
  throw new Mismatch(place, `$statusCode == ${expected}`, `${status} ${JSON.stringify(body)}`);
}

function expectEqual(place: string, came: unknown, expected: unknown): void {
  if (isDeepStrictEqual(came, expected)) return;
  throw new Mismatch(place, JSON.stringify(expected) ?? 'none', JSON.stringify(came) ?? 'none');
}

/** @throws the error if it is not about an answer, such as the end of the run */
function toFailure(error: unknown): Failure {
  if (error instanceof Mismatch) {
    return { place: error.place, expected: [error.expected], came: error.came };
  }
  const { name, message } = error as Error;
  if (name === 'AbortError') throw error;
  return { place: 'the request', expected: ['an answer'], came: message };
}

function masked({ place, expected, came }: Failure, mask: Mask): Failure {
  return { place, expected: expected.map((text) => mask.apply(text)), came: mask.apply(came) };
}
