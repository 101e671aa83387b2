import { afterEach, expect, test } from '@jest/globals';
import { readSettings, SetupError } from '../../infra/local/settings.ts';
import { failToStart } from '../support/server.ts';

const ENVIRONMENT = { ...process.env };
afterEach(() => {
  process.env = { ...ENVIRONMENT };
});

test.each([
  [{ PORT: '65536' }, 'PORT is "65536"; it takes a whole number from 0 to 65535.'],
  [{ LEASE_MS: '2001' }, 'LEASE_MS is "2001"; it takes a whole number from 0 to 2000.'],
  [{ BCRYPT_ROUNDS: '3' }, 'BCRYPT_ROUNDS is "3"; it takes a whole number from 4 to 15.'],
  [
    { KEY_ENVIRONMENTS: 'production,prod' },
    'KEY_ENVIRONMENTS lists "prod"; it takes production, test, development.',
  ],
  [{ SERVICES: ' , ' }, 'The environment variable SERVICES lists nothing.'],
  [
    { USAGE_ADDRESSES: '10.0.0.0/8, 10.1' },
    'USAGE_ADDRESSES lists "10.1"; it takes addresses and CIDR ranges.',
  ],
  [{ DOCS: 'off' }, 'DOCS is "off"; it takes true or false.'],
  [
    { ADMIN_TOKEN: 'two words' },
    'ADMIN_TOKEN holds a space or a character that a header cannot carry.',
  ],
  [
    { ADMIN_TOKEN: `hkt_${'a'.repeat(43)}` },
    'ADMIN_TOKEN has the format of a named token; choose another.',
  ],
])('rejects %j with one sentence', (env, sentence) => {
  Object.assign(process.env, env);
  expect(readSettings).toThrow(new SetupError(sentence));
});

test.each([
  [{ PORT: 'http' }, 'PORT is "http"; it takes a whole number from 0 to 65535.'],
  [
    { AWS_ENDPOINT_URL_DYNAMODB: undefined, DATA_DIR: '/proc/none' },
    "The data folder /proc/none can't be written; set DATA_DIR to one that can.",
  ],
  [
    { AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1' },
    'Cannot use AWS_ENDPOINT_URL_DYNAMODB, http://127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1.',
  ],
])('%j ends it with one sentence and exit code 1', async (env, sentence) => {
  expect(await failToStart(env)).toEqual({ code: 1, said: `${sentence}\n` });
});
