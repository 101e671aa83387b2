import type { FunctionName } from '../../lib/routes.ts';
import { apiEvent } from '../support/api-event.ts';
import { BCRYPT_KEYS, DEBITED_KEY, LIMITED_KEY, ROTATED_KEYS } from './constants.ts';
import { asAdmin, streamBatch, usageReport, validationOf } from './events.ts';
import { keyNumber } from './keys.ts';

export interface OperationContext {
  readonly adminToken: string;
  /** Number of the key, for operations that use one key for all calls. */
  readonly key: number;
}

export interface Operation {
  readonly function: FunctionName;
  /** Expected status; undefined for functions that handle no requests. */
  readonly status?: number;
  /** Returns the event of call number `i`; each process uses a number once. */
  readonly event: (i: number, context: OperationContext) => object;
  /** Number of calls to measure, for operations that are too slow for the usual number. */
  readonly slow?: number;
}

const WRONG_SECRET = keyNumber(0, 1).text;
const LIMITED = keyNumber(LIMITED_KEY).text;

export const operations = {
  'validate warm': {
    function: 'validate-key',
    status: 200,
    event: (_, { key }) => validationOf(keyNumber(key).text),
  },
  'validate cold': {
    function: 'validate-key',
    status: 200,
    event: (i) => validationOf(keyNumber(i + 1).text),
  },
  'validate, wrong secret': {
    function: 'validate-key',
    status: 401,
    event: () => validationOf(WRONG_SECRET),
  },
  'validate, over limit': {
    function: 'validate-key',
    status: 429,
    event: () => validationOf(LIMITED),
  },
  'validate, bcrypt only': {
    function: 'validate-key',
    status: 200,
    event: (i) => validationOf(keyNumber(BCRYPT_KEYS + i).text),
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
    event: (_, { adminToken, key }) => usageReport('/api/v1/usage/{key_id}', key, adminToken),
  },
  'debit usage': {
    function: 'debit-usage',
    status: 200,
    event: (_, { adminToken }) =>
      usageReport('/api/v1/usage/{key_id}/debit', DEBITED_KEY, adminToken),
  },
  'count 1,000 entries of 1 key': {
    function: 'count-usage',
    event: (i) => streamBatch(i, 1),
    slow: 10,
  },
  'count 1,000 entries of 100 keys': {
    function: 'count-usage',
    event: (i) => streamBatch(i, 100),
    slow: 3,
  },
} as const satisfies Record<string, Operation>;

export type OperationName = keyof typeof operations;
