import { randomBytes, randomInt } from 'node:crypto';
import { generateKey } from '../../lib/domain/key.ts';
import { withOtherSecret } from '../support/drawing.ts';
import {
  type Attack,
  type Attempt,
  type Bound,
  type Key,
  NONE,
  ONE_EACH,
  REPORT,
  type Target,
} from './attack.ts';

const TALLIES: Bound = { within: { calls: 30, seconds: 60 } };
const ONCE_A_SECOND: Bound = { within: { calls: 1, seconds: 1 } };
/** The pepper is read again when it is 5 minutes old. */
const PEPPER: Bound = { within: { calls: 1, seconds: 300 } };

const randomKey = (environment: 'production' | 'test' = 'production') =>
  generateKey(environment, randomInt);

const validation = (apiKey: string, body: object = {}): Attempt => ({
  method: 'POST',
  path: '/api/v1/keys/validate',
  headers: { 'x-api-key': apiKey },
  body,
});
const listing = (token: string): Attempt => ({
  method: 'GET',
  path: '/api/v1/keys',
  headers: { authorization: `Bearer ${token}` },
});
const report = (keyId: string, token: string): Attempt => ({
  method: 'POST',
  path: `/api/v1/usage/${keyId}`,
  headers: { authorization: `Bearer ${token}` },
  body: REPORT,
});

/** Creates a key that the process knows. */
async function knownKey(target: Target, fields?: object): Promise<Key> {
  const key = await target.create(fields);
  await target.validate(key.api_key);
  return key;
}

/** Prepares an attack that sends the same key again and again, after `change` has made it refused. */
function refusedKey(fields: object, change: (target: Target, key: Key) => Promise<unknown>) {
  return async (target: Target) => {
    const key = await knownKey(target, fields);
    await change(target, key);
    await target.validate(key.api_key);
    return () => validation(key.api_key);
  };
}

/** The attacks on a deployment whatever its settings. */
export const ATTACKS: readonly Attack[] = [
  {
    id: 'not-a-key',
    sent: 'Validations of texts that are not keys',
    status: 401,
    dynamodb: NONE,
    secrets: NONE,
    prepare: async () => () => validation(randomBytes(24).toString('hex')),
  },
  {
    id: 'wrong-checksum',
    sent: 'Validations of random texts in the format of a key',
    status: 401,
    dynamodb: NONE,
    secrets: NONE,
    prepare: async () => () => validation(`hk_live_${randomBytes(16).toString('hex')}`),
  },
  {
    id: 'unknown-keys',
    sent: 'Validations of different keys that do not exist, with the right checksum',
    status: 401,
    dynamodb: ONE_EACH,
    secrets: PEPPER,
    prepare: async () => () => validation(randomKey().text),
  },
  {
    id: 'unknown-key',
    sent: 'Validations of one key that does not exist',
    status: 401,
    dynamodb: { within: { calls: 1, seconds: 1, unshared: true } },
    secrets: PEPPER,
    prepare: async () => {
      const { text } = randomKey();
      return () => validation(text);
    },
  },
  {
    id: 'wrong-secrets',
    sent: 'Validations of a key that exists with wrong secrets',
    status: 401,
    dynamodb: ONE_EACH,
    secrets: NONE,
    prepare: async (target) => {
      const { api_key } = await knownKey(target);
      return () => validation(withOtherSecret(api_key));
    },
  },
  {
    id: 'foreign-keys',
    sent: 'Validations of keys of another environment, with the right checksum',
    status: 401,
    dynamodb: TALLIES,
    secrets: NONE,
    prepare: async () => () => validation(randomKey('test').text),
  },
  {
    id: 'over-hour',
    sent: 'Validations of a key that is over its hourly limit',
    status: 429,
    dynamodb: { within: { calls: 1, seconds: 0.5, unshared: true } },
    secrets: NONE,
    prepare: refusedKey({ rate_limit_per_hour: 10 }, async (target, { api_key }) => {
      for (let i = 1; i < 10; i++) await target.validate(api_key);
    }),
  },
  {
    id: 'over-month',
    sent: 'Validations of a key that is over its monthly limit',
    status: 429,
    dynamodb: { within: { calls: 1, seconds: 0.5, unshared: true } },
    secrets: NONE,
    prepare: refusedKey({ monthly_prediction_limit: 1 }, (target, { key_id }) =>
      target.call('POST', `/api/v1/usage/${key_id}`, { body: REPORT }),
    ),
  },
  {
    id: 'revoked',
    sent: 'Validations of a revoked key',
    status: 401,
    dynamodb: NONE,
    secrets: NONE,
    prepare: refusedKey({}, (target, { key_id }) =>
      target.call('DELETE', `/api/v1/keys/${key_id}`),
    ),
  },
  {
    id: 'suspended',
    sent: 'Validations of a key that is suspended, has expired or may not be used there',
    status: 401,
    dynamodb: ONE_EACH,
    secrets: NONE,
    prepare: refusedKey({}, (target, { key_id }) =>
      target.call('PATCH', `/api/v1/keys/${key_id}`, { body: { suspended: true } }),
    ),
  },
  {
    id: 'large-bodies',
    sent: 'Validations with bodies that are too large',
    status: 413,
    dynamodb: NONE,
    secrets: NONE,
    prepare: async () => () => validation(randomKey().text, { service_id: 'x'.repeat(5000) }),
  },
  {
    id: 'no-credentials',
    sent: 'Requests for administrators without credentials',
    status: 401,
    dynamodb: NONE,
    secrets: NONE,
    prepare: async () => () => ({ method: 'GET', path: '/api/v1/keys' }),
  },
  {
    id: 'admin-tokens',
    sent: 'Requests for administrators with wrong admin tokens',
    status: 401,
    dynamodb: TALLIES,
    secrets: ONCE_A_SECOND,
    prepare: async () => () => listing(randomBytes(32).toString('base64url')),
  },
  {
    id: 'named-tokens',
    sent: 'Requests for administrators with wrong named tokens',
    status: 401,
    dynamodb: TALLIES,
    secrets: { within: { calls: 1, seconds: 30 } },
    prepare: async () => () => listing(`hkt_${randomBytes(32).toString('base64url')}`),
  },
  {
    id: 'usage-tokens',
    sent: 'Usage reports with wrong admin tokens',
    status: 401,
    dynamodb: TALLIES,
    secrets: ONCE_A_SECOND,
    prepare: async (target) => {
      const { key_id } = await target.create();
      return () => report(key_id, randomBytes(32).toString('base64url'));
    },
  },
  {
    id: 'usage-secrets',
    sent: 'Usage reports of a key that exists with wrong secrets',
    status: 401,
    dynamodb: ONE_EACH,
    secrets: NONE,
    prepare: async (target) => {
      const { api_key, key_id } = await knownKey(target);
      return () => report(key_id, withOtherSecret(api_key));
    },
  },
  {
    id: 'usage-unknown-keys',
    sent: 'Usage reports of different keys that do not exist, by themselves',
    status: 401,
    dynamodb: ONE_EACH,
    secrets: PEPPER,
    prepare: async () => () => {
      const { keyId, text } = randomKey();
      return report(keyId, text);
    },
  },
  {
    id: 'unknown-paths',
    sent: 'Requests for paths that do not exist',
    status: 404,
    dynamodb: NONE,
    secrets: NONE,
    prepare: async () => (i) => ({ method: 'GET', path: `/api/v1/nothing-${i}` }),
  },
  {
    id: 'ready',
    sent: '`GET /ready`, which is public',
    status: 200,
    dynamodb: ONE_EACH,
    secrets: ONE_EACH,
    prepare: async () => () => ({ method: 'GET', path: '/ready' }),
  },
];
