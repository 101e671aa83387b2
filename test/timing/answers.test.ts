import crypto, { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { hash } from 'bcryptjs';
import { type ApiKey, parseKey } from '../../lib/domain/key.ts';
import { ADMIN_TOKEN } from '../support/client.ts';
import { newToken, putNamedTokens, sha256Of } from '../support/secrets.ts';
import { useService } from '../support/service.ts';
import { createGuesses } from './guesses.ts';

const VALIDATE = '/api/v1/keys/validate';

const service = useService();
const guesses = createGuesses(randomInt);
const namedToken = newToken();
let used: ApiKey;
let revoked: ApiKey;

const created = async () => {
  const { api_key } = await service.create();
  return parseKey(api_key) as ApiKey;
};
beforeAll(async () => {
  await putNamedTokens({ ci: { sha256: sha256Of(namedToken), role: 'auditor' } });
  [used, revoked] = [await created(), await created()];
  await service.call('DELETE', `/api/v1/keys/${revoked.keyId}`);
  for (const { text } of [used, revoked]) await service.validate(text);
});

/** Returns an answer as it was sent, without what differs between any two answers. */
async function rawAnswer(method: string, path: string, headers: object, body?: object) {
  const sent = request(service.url + path, {
    method,
    headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
  });
  sent.end(body && JSON.stringify(body));
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  const { statusCode, rawHeaders } = answer;
  const fields = rawHeaders.map((value, i) =>
    /^(x-request-id|date)$/i.test(rawHeaders[i - 1] ?? '') && i % 2 === 1 ? '' : value,
  );
  return { statusCode, fields, body: await readText(answer) };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

const invalidKeys: [string, () => string | Promise<string>][] = [
  ['a malformed key', guesses.malformed],
  ['another kind of text', () => 'x'],
  ['a wrong checksum', guesses.wrongChecksum],
  ['an unknown key', guesses.unknown],
  ['a wrong secret of a key in use', () => guesses.wrongSecret(used)],
  ['a nearly right secret', () => guesses.nearlyRight(used)],
  ['a wrong secret of a revoked key', () => guesses.wrongSecret(revoked)],
  ['a wrong secret of a key that was not read', async () => guesses.wrongSecret(await created())],
];

describe.each([
  ['X-API-Key', (key: string) => rawAnswer('POST', VALIDATE, { 'x-api-key': key }, {})],
  ['the body', (api_key: string) => rawAnswer('POST', VALIDATE, {}, { api_key })],
  ['Authorization', (key: string) => rawAnswer('POST', VALIDATE, bearer(key))],
])('a validation with the key in %s', (_, validate) => {
  test.each(invalidKeys)('answers %s, twice, to the byte as any unknown key', async (_, guess) => {
    const expected = await validate(guesses.unknown());
    expect(expected).toMatchObject({ statusCode: 401, fields: expect.arrayContaining(['Date']) });
    const key = await guess();
    expect([await validate(key), await validate(key)]).toEqual([expected, expected]);
  });
});

test.each(invalidKeys.slice(3))(
  'a report with %s is answered to the byte as with any unknown key',
  async (_, guess) => {
    const report = (key: string) =>
      rawAnswer('POST', `/api/v1/usage/${parseKey(key)?.keyId}`, bearer(key), {});
    const expected = await report(guesses.unknown());
    expect(expected.statusCode).toBe(401);
    expect(await report(await guess())).toEqual(expected);
  },
);

const wrongTokens: [string, () => string][] = [
  ['a nearly right admin token', () => guesses.nearlyToken(ADMIN_TOKEN)],
  ['a part of the admin token', () => ADMIN_TOKEN.slice(0, -1)],
  ['an unknown named token', () => `hkt_${guesses.token()}`],
  ['a nearly right named token', () => guesses.nearlyToken(namedToken)],
  ['a part of a named token', () => namedToken.slice(0, -1)],
  ['an unknown key', guesses.unknown],
  ['a key in use', () => used.text],
];

test.each(wrongTokens)('%s is answered to the byte as any wrong token', async (_, token) => {
  const list = (text: string) => rawAnswer('GET', '/api/v1/keys', bearer(text));
  const expected = await list(guesses.token());
  expect(expected.statusCode).toBe(401);
  expect(await list(token())).toEqual(expected);
});

test.each([
  ['an unknown key', () => service.validate(guesses.unknown())],
  ['a wrong secret', () => service.validate(guesses.wrongSecret(used))],
  ['a nearly right secret', () => service.validate(guesses.nearlyRight(used))],
  ...wrongTokens
    .slice(0, 5)
    .map(
      ([name, token]) =>
        [name, () => service.call('GET', '/api/v1/keys', { headers: bearer(token()) })] as const,
    ),
])('%s is compared in constant time, as a digest', async (_, send) => {
  const compare = jest.spyOn(crypto, 'timingSafeEqual');
  expect((await send()).status).toBe(401);
  const lengths = compare.mock.calls.map(([a, b]) => [a.byteLength, b.byteLength]);
  compare.mockRestore();
  expect(lengths.length).toBeGreaterThan(0);
  expect(lengths).toEqual(lengths.map(() => [32, 32]));
});

test('a wrong secret is not compared by bcrypt, which takes a fraction of a second', async () => {
  const [cold, warm] = [await created(), await created()];
  await service.validate(warm.text);
  for (const key of [cold, warm]) {
    const wrong = guesses.wrongSecret(key);
    // A comparison by bcrypt would accept it.
    await service.alter(key.keyId, 'hash', await hash(wrong, 4));
    expect((await service.validate(wrong)).status).toBe(401);
  }
});
