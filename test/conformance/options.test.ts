import { expect, test } from '@jest/globals';
import { AREAS, readOptions } from './options.ts';

const URL = ['--url', 'https://api.example.com'];
const ENV = { ADMIN_TOKEN: 'from-the-variable' };

test('reads the options, with defaults for a production deployment', () => {
  expect(readOptions([...URL, '--admin-token', 'the-token'], ENV)).toEqual({
    url: 'https://api.example.com',
    adminToken: 'the-token',
    environment: 'production',
    service: 'prediction',
    areas: AREAS,
  });
});

test('takes the admin token of ADMIN_TOKEN, other settings and a base path', () => {
  const args = ['--url', 'http://127.0.0.1:3000/stage/', '--environment', 'test'];
  const options = readOptions([...args, '--service', 'website', '--only', 'read'], ENV);
  expect(options).toEqual({
    url: 'http://127.0.0.1:3000/stage',
    adminToken: 'from-the-variable',
    environment: 'test',
    service: 'website',
    areas: ['read'],
  });
});

test('returns nothing if help was asked for', () => {
  expect(readOptions(['--help'], {})).toBeUndefined();
});

test.each([
  [[], '--url is missing'],
  [['--url', 'api.example.com'], '--url takes an address such as https://api.example.com'],
  [['--url', 'ftp://example.com'], '--url takes an address such as https://api.example.com'],
  [['--url', 'https://a?b'], '--url takes an address such as https://api.example.com'],
  [['--url', 'https://a/api/v1/'], '--url is without /api/v1'],
  [[...URL, '--admin-token', 'the token'], /^--admin-token takes 8 or more printable ASCII/],
  [[...URL, '--admin-token', 'a-token'], /^--admin-token takes 8 or more printable ASCII/],
  [[...URL, '--environment', 'prod'], '--environment takes one of: production, test, development'],
  [[...URL, '--service', ''], '--service takes the name of a service, such as prediction'],
  [[...URL, '--only', 'everything'], /^--only takes one of: .*validate/],
  [[...URL, '--verbose'], /^Unknown option '--verbose'/],
])('rejects %j', (args, message) => {
  expect(() => readOptions(args, ENV)).toThrow(message);
});

test('rejects a missing admin token', () => {
  expect(() => readOptions(URL, {})).toThrow('--admin-token and ADMIN_TOKEN are missing');
});
