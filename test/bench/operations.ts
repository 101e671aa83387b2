import { randomUUID } from 'node:crypto';
import { keyIdOf } from '../../lib/domain/key.ts';
import type { FunctionName } from '../../lib/routes.ts';
import { apiEvent } from '../support/api-event.ts';
import { keyNumber } from './keys.ts';

/** Keys with a part to play; all others are for {@link operations} that must not meet a key twice. */
export const LIMITED_KEY = 900_000_000;
export const BCRYPT_KEYS = 910_000_000;
export const ROTATED_KEYS = 920_000_000;

export interface Operation {
  readonly function: FunctionName;
  readonly status: number;
  /** The event of the `i`-th of them; no `i` comes twice in a process. */
  readonly event: (i: number, adminToken: string) => unknown;
  /** How many, where a fraction of a second each is too long for many. */
  readonly slow?: number;
}

const validate = (apiKey: string) =>
  apiEvent('POST', '/api/v1/keys/validate', {
    headers: { 'x-api-key': apiKey },
    body: { service_id: 'prediction', required_scope: 'predict' },
  });
const asAdmin = (token: string) => ({ authorization: `Bearer ${token}` });
const WARM = keyNumber(0).text;
const WRONG = keyNumber(0, 1).text;
const LIMITED = keyNumber(LIMITED_KEY).text;

export const operations = {
  'validate warm': { function: 'validate-key', status: 200, event: () => validate(WARM) },
  'validate cold': {
    function: 'validate-key',
    status: 200,
    event: (i) => validate(keyNumber(i + 1).text),
  },
  'validate, wrong secret': { function: 'validate-key', status: 401, event: () => validate(WRONG) },
  'validate, over limit': { function: 'validate-key', status: 429, event: () => validate(LIMITED) },
  'validate, bcrypt only': {
    function: 'validate-key',
    status: 200,
    event: (i) => validate(keyNumber(BCRYPT_KEYS + i).text),
    slow: 10,
  },
  create: {
    function: 'create-key',
    status: 201,
    event: (_, token) =>
      apiEvent('POST', '/api/v1/keys', {
        headers: asAdmin(token),
        body: { name: 'a key', service_id: 'website' },
      }),
    slow: 10,
  },
  'list page of 100': {
    function: 'list-keys',
    status: 200,
    event: (_, token) =>
      apiEvent('GET', '/api/v1/keys', { headers: asAdmin(token), query: { limit: '100' } }),
  },
  rotate: {
    function: 'rotate-key',
    status: 200,
    event: (i, token) =>
      apiEvent('POST', '/api/v1/keys/{key_id}/rotate', {
        headers: asAdmin(token),
        keyId: keyIdOf(keyNumber(ROTATED_KEYS + i)),
      }),
    slow: 10,
  },
  'record usage': {
    function: 'record-usage',
    status: 200,
    event: (_, token) =>
      apiEvent('POST', '/api/v1/usage/{key_id}', {
        headers: asAdmin(token),
        keyId: keyIdOf(keyNumber(0)),
        body: {
          service_id: 'prediction',
          endpoint: '/v1/predict',
          status_code: 200,
          response_time_ms: 12.5,
          predictions_count: 1,
          compute_ms: 7,
          idempotency_key: randomUUID(),
        },
      }),
  },
} as const satisfies Record<string, Operation>;

export type OperationName = keyof typeof operations;
