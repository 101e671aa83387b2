import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { VARIABLES } from '../../lib/environment.ts';
import { putSecret } from '../support/secrets.ts';
import { invalid, problem, useService } from '../support/service.ts';
import { as } from '../support/usage-requests.ts';

const SECOND_MS = 1000;
const unavailable = problem(503, 'Service Unavailable', 'Service temporarily unavailable');

const service = useService();
const later = (ms: number) => {
  service.clock.now = new Date(service.clock.now.getTime() + ms);
};
let token: string;
let keyId: string;

const newToken = () => randomBytes(24).toString('base64url');
const list = (bearer: string) => service.call('GET', '/api/v1/keys', as(bearer));
const revoke = (bearer: string) => service.call('DELETE', `/api/v1/keys/${keyId}`, as(bearer));
const statusOf = async (answer: ReturnType<typeof list>) => (await answer).status;

async function rotate(): Promise<string> {
  const rotated = newToken();
  await putSecret(VARIABLES.adminTokenSecret, rotated);
  return rotated;
}

/** Sends wrong tokens at once; the first of a second makes the process read the token. */
async function flood(): Promise<void> {
  const wrong = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? list : revoke)(newToken()));
  expect(await Promise.all(wrong)).toEqual(wrong.map(() => invalid));
}

beforeEach(async () => {
  token = await rotate();
  later(60 * SECOND_MS);
  keyId = (
    await service.call('POST', '/api/v1/keys', {
      ...as(token),
      body: { name: 'a key', service_id: 'prediction' },
    })
  ).body.key_id;
  later(2 * SECOND_MS);
});
afterEach(() => {
  service.secrets.mode = 'pass';
});

test('the right token is accepted during a flood of wrong ones, which causes one read a second', async () => {
  await flood();
  service.secrets.actions.length = 0;
  for (let ms = 0; ms < SECOND_MS; ms += 250) {
    const [, listed, revoked] = await Promise.all([
      flood(),
      statusOf(list(token)),
      statusOf(revoke(token)),
    ]);
    expect([listed, revoked]).toEqual([200, 200]);
    later(249);
  }
  expect(service.secrets.actions).toEqual(['GetSecretValue']);
});

test('a new token is accepted during a flood a second after the rotation at the latest', async () => {
  await flood();
  const rotated = await rotate();
  later(SECOND_MS - 1);
  // The process has read the token within this second, and the revocation does not wait.
  expect(await revoke(rotated)).toEqual(invalid);
  later(1);
  expect(await statusOf(revoke(rotated))).toBe(200);
});

test('a new token waits for the rest of the second where no executions are reserved', async () => {
  await flood();
  const rotated = await rotate();
  later(SECOND_MS - 1);
  expect(await statusOf(list(rotated))).toBe(200);
});

test('the old token is refused during a flood at most a second after the rotation', async () => {
  await flood();
  await rotate();
  later(SECOND_MS);
  await flood();
  expect(await list(token)).toEqual(invalid);
});

test('no wrong token holds an execution of the revocation until the next read', async () => {
  await flood();
  later(1);
  const waiting = list(newToken());
  const revoking = revoke(newToken());
  expect(await Promise.race([waiting.then(() => 'list'), revoking.then(() => 'revoke')])).toBe(
    'revoke',
  );
  expect(await Promise.all([waiting, revoking])).toEqual([invalid, invalid]);
});

test('wrong tokens cause one read a second while Secrets Manager fails, and keep no administrator out', async () => {
  await flood();
  later(SECOND_MS);
  service.secrets.mode = 'cut';
  service.secrets.actions.length = 0;
  for (let i = 0; i < 10; i++) expect(await list(newToken())).toEqual(unavailable);
  expect(await statusOf(list(token))).toBe(200);
  // The SDK sends a request that failed once more.
  expect(service.secrets.actions).toEqual(['GetSecretValue', 'GetSecretValue']);
  service.secrets.mode = 'pass';
  later(SECOND_MS);
  expect(await list(newToken())).toEqual(invalid);
});

test('wrong named tokens cause no read of the admin token, and keep no administrator out', async () => {
  await flood();
  service.secrets.actions.length = 0;
  const wrong = () => list(`hkt_${randomBytes(32).toString('base64url')}`);
  const answers = await Promise.all(Array.from({ length: 20 }, wrong));
  expect(answers).toEqual(answers.map(() => invalid));
  expect(service.secrets.actions).toEqual(['GetSecretValue']);
  expect(await statusOf(list(token))).toBe(200);
});
