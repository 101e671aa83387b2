import { randomInt, randomUUID } from 'node:crypto';
import type { FunctionName } from '../../lib/routes.ts';
import { apiEvent } from '../support/api-event.ts';
import { streamRecord } from '../support/usage-log.ts';
import { keyNumber } from './keys.ts';

/** Keys with a part to play; all others are for {@link operations} that must not meet a key twice. */
export const LIMITED_KEY = 900_000_000;
export const BCRYPT_KEYS = 910_000_000;
export const ROTATED_KEYS = 920_000_000;
export const DEBITED_KEY = 930_000_000;

/** Entries in a full batch of the usage table's stream. */
export const BATCH = 1000;
/** Endpoints that a key's entries name. */
const ENDPOINTS = 5;

export interface Circumstances {
  readonly adminToken: string;
  /** The number of the key, where the operation has no key of its own. */
  readonly key: number;
}

export interface Operation {
  readonly function: FunctionName;
  /** The status of the answer; undefined: the function answers no request. */
  readonly status?: number;
  /** Returns the event of the `i`-th of them; no `i` comes twice in a process. */
  readonly event: (i: number, circumstances: Circumstances) => object;
  /** How many, where a fraction of a second each is too long for many. */
  readonly slow?: number;
}

const validate = (apiKey: string) =>
  apiEvent('POST', '/api/v1/keys/validate', {
    headers: { 'x-api-key': apiKey },
    body: { service_id: 'prediction', required_scope: 'predict' },
  });
const asAdmin = (adminToken: string) => ({ authorization: `Bearer ${adminToken}` });
const WRONG = keyNumber(0, 1).text;
const LIMITED = keyNumber(LIMITED_KEY).text;

const report = (path: string, key: number, adminToken: string) =>
  apiEvent('POST', path, {
    headers: asAdmin(adminToken),
    keyId: keyNumber(key).keyId,
    body: {
      service_id: 'prediction',
      endpoint: '/v1/predict',
      status_code: 200,
      response_time_ms: 12.5,
      predictions_count: 1,
      compute_ms: 7,
      idempotency_key: randomUUID(),
    },
  });

/** Every process has a shard of its own for each operation, so that none finds its batches added already. */
const PROCESS = randomUUID();

/** The `i`-th batch of new log entries of so many keys, as Lambda hands it over: in no order of keys or endpoints. */
function batch(i: number, keys: number) {
  const at = new Date().toISOString();
  const Records = Array.from({ length: BATCH }, (_, j) => {
    const name = `report#${randomUUID()}`;
    return streamRecord(i * BATCH + j + 1, {
      key_id: keyNumber(randomInt(keys)).keyId,
      name,
      charge: 'record',
      at,
      request_id: name,
      service_id: 'prediction',
      endpoint: `/v1/predict/${randomInt(ENDPOINTS)}`,
      status_code: 200,
      response_time_ms: 12.5,
      predictions_count: 1,
      compute_ms: 7,
    });
  });
  return { Records, shardId: `${PROCESS} ${keys}` };
}

export const operations = {
  'validate warm': {
    function: 'validate-key',
    status: 200,
    event: (_, { key }) => validate(keyNumber(key).text),
  },
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
    event: (_, { adminToken }) =>
      apiEvent('POST', '/api/v1/keys', {
        headers: asAdmin(adminToken),
        body: { name: 'a key', service_id: 'website' },
      }),
    slow: 10,
  },
  'list page of 100': {
    function: 'list-keys',
    status: 200,
    event: (_, { adminToken }) =>
      apiEvent('GET', '/api/v1/keys', { headers: asAdmin(adminToken), query: { limit: '100' } }),
  },
  rotate: {
    function: 'rotate-key',
    status: 200,
    event: (i, { adminToken }) =>
      apiEvent('POST', '/api/v1/keys/{key_id}/rotate', {
        headers: asAdmin(adminToken),
        keyId: keyNumber(ROTATED_KEYS + i).keyId,
      }),
    slow: 10,
  },
  'record usage': {
    function: 'record-usage',
    status: 200,
    event: (_, { adminToken, key }) => report('/api/v1/usage/{key_id}', key, adminToken),
  },
  'debit usage': {
    function: 'debit-usage',
    status: 200,
    event: (_, { adminToken }) => report('/api/v1/usage/{key_id}/debit', DEBITED_KEY, adminToken),
  },
  'count 1,000 entries of 1 key': {
    function: 'count-usage',
    event: (i) => batch(i, 1),
    slow: 10,
  },
  'count 1,000 entries of 100 keys': {
    function: 'count-usage',
    event: (i) => batch(i, 100),
    slow: 3,
  },
} as const satisfies Record<string, Operation>;

export type OperationName = keyof typeof operations;
