import { afterEach, beforeAll, expect, test } from '@jest/globals';
import { countedIn, logLines } from '../support/log-lines.ts';
import { problem, useService } from '../support/service.ts';
import { until } from '../support/until.ts';
import { USAGE } from '../support/usage-requests.ts';

const unavailable = problem(503, 'Service Unavailable', 'Service temporarily unavailable');

const service = useService();
let key: { api_key: string; key_id: string };
beforeAll(async () => {
  key = await service.create();
});
afterEach(() => {
  service.dynamodb.mode = 'pass';
  service.secrets.mode = 'pass';
});

const operations: [string, () => Promise<unknown>][] = [
  ['validate', () => service.validate(key.api_key)],
  [
    'create',
    () => service.call('POST', '/api/v1/keys', { body: { name: 'x', service_id: 'website' } }),
  ],
  ['list', () => service.call('GET', '/api/v1/keys')],
  ['get', () => service.call('GET', `/api/v1/keys/${key.key_id}`)],
  ['explain', () => service.call('POST', '/api/v1/keys/explain', { body: { key_id: key.key_id } })],
  ['audit', () => service.call('GET', `/api/v1/keys/${key.key_id}/audit`)],
  ['audit of all keys', () => service.call('GET', '/api/v1/audit')],
  ['posture', () => service.call('GET', '/api/v1/security/posture')],
  ['update', () => service.call('PATCH', `/api/v1/keys/${key.key_id}`, { body: { name: 'x' } })],
  ['rotate', () => service.call('POST', `/api/v1/keys/${key.key_id}/rotate`)],
  ['revoke', () => service.call('DELETE', `/api/v1/keys/${key.key_id}`)],
];

test('responds with 503 to every operation without DynamoDB', async () => {
  service.dynamodb.mode = 'cut';
  const answers = await Promise.all(
    operations.map(async ([name, operation]) => [name, await operation()]),
  );
  expect(answers).toEqual(operations.map(([name]) => [name, unavailable]));
});

test('counts an answer 503 by the function and version that gave it, and no other answer', async () => {
  const lines = await logLines(async () => {
    expect((await service.validate(key.api_key)).status).toBe(200);
    expect((await service.validate(`hk_live_${'a'.repeat(32)}`)).status).toBe(401);
    service.dynamodb.mode = 'cut';
    expect((await service.validate(key.api_key)).status).toBe(503);
    expect((await service.call('GET', '/api/v1/keys')).status).toBe(503);
  });
  const requests = lines.filter(({ message }) => message === 'request');
  const failures = requests.filter(({ status }) => status === 503);
  expect(countedIn(requests)).toEqual([
    expect.not.objectContaining({ ServerErrors: expect.anything() }),
    expect.not.objectContaining({ ServerErrors: expect.anything() }),
    { ServerErrors: 1, ValidationLatency: expect.any(Number) },
    { ServerErrors: 1, TokenRequests: 1 },
  ]);
  expect(JSON.stringify(requests.slice(0, 2))).not.toContain('$LATEST');
  expect(failures.map(({ function: name, version }) => [name, version])).toEqual([
    ['validate-key', '$LATEST'],
    ['list-keys', '$LATEST'],
  ]);
  for (const { _aws } of failures) {
    expect(_aws).toMatchObject({
      CloudWatchMetrics: expect.arrayContaining([
        {
          Namespace: expect.any(String),
          Dimensions: [['function', 'version']],
          Metrics: [{ Name: 'ServerErrors', Unit: 'Count' }],
        },
      ]),
    });
  }
});

test('retries once a request that DynamoDB does not answer', async () => {
  service.dynamodb.actions.length = 0;
  service.dynamodb.mode = 'hang';
  const answering = service.call('GET', `/api/v1/keys/${key.key_id}`);
  // The last attempt of an abandoned change may still be in progress.
  const reads = () => service.dynamodb.actions.filter((action) => action === 'GetItem');
  await until(() => reads().length > 0);
  service.dynamodb.mode = 'pass';
  expect((await answering).status).toBe(200);
  expect(reads()).toHaveLength(2);
});

test('answers every request within 4 seconds when DynamoDB does not answer', async () => {
  service.dynamodb.mode = 'hang';
  const began = performance.now();
  const answers = await Promise.all(operations.map(([, operation]) => operation()));
  expect(performance.now() - began).toBeLessThan(4000);
  expect(answers).toEqual(operations.map(() => unavailable));
});

test('changes nothing for a request that it answers with 503', async () => {
  expect((await service.validate(key.api_key)).status).toBe(200);
  expect((await service.call('GET', '/api/v1/keys')).body).toHaveLength(1);
  expect(await service.item(key.key_id)).toMatchObject({ name: 'a key', version: 1 });
});

test('confirms a revocation whose answer was lost', async () => {
  const { api_key, key_id } = await service.create();
  await service.validate(api_key);
  service.dynamodb.mode = 'lose-answer';
  expect(await service.call('DELETE', `/api/v1/keys/${key_id}`)).toEqual(unavailable);
  service.dynamodb.mode = 'pass';
  expect((await service.validate(api_key)).body.code).toBe('revoked');
});

test('accepts the repeat of a rotation whose answer was lost', async () => {
  const { key_id } = await service.create();
  service.dynamodb.loseOnce = /^TransactWriteItems/;
  const rotated = await service.call('POST', `/api/v1/keys/${key_id}/rotate`);
  expect(service.dynamodb.loseOnce).toBeUndefined();
  expect(rotated.status).toBe(200);
  const { body: keys } = await service.call('GET', '/api/v1/keys');
  const successors = keys.filter((key: { rotated_from: string }) => key.rotated_from === key_id);
  expect(successors).toEqual([rotated.body.key_info]);
  expect((await service.validate(rotated.body.api_key)).status).toBe(200);
});

test('returns the created key although DynamoDB’s answer was lost', async () => {
  service.dynamodb.mode = 'lose-answer';
  const created = await service.create();
  const rotated = await service.call('POST', `/api/v1/keys/${created.key_id}/rotate`);
  service.dynamodb.mode = 'pass';
  expect(rotated.status).toBe(200);
  expect((await service.validate(rotated.body.api_key)).status).toBe(200);
  expect((await service.validate(created.api_key)).body.code).toBe('revoked');
});

test('retries a change that DynamoDB throttles until it succeeds', async () => {
  const { api_key, key_id } = await service.create();
  service.dynamodb.mode = 'throttle';
  service.dynamodb.actions.length = 0;
  const revoking = service.call('DELETE', `/api/v1/keys/${key_id}`);
  await until(() => service.dynamodb.actions.length >= 10);
  service.dynamodb.mode = 'pass';
  expect((await revoking).status).toBe(200);
  expect((await service.validate(api_key)).body.code).toBe('revoked');
});

test('responds with 503 in time to a change that DynamoDB throttles too long, and changes nothing', async () => {
  service.dynamodb.mode = 'throttle';
  const began = performance.now();
  expect(await service.call('DELETE', `/api/v1/keys/${key.key_id}`)).toEqual(unavailable);
  expect(performance.now() - began).toBeLessThan(4000);
  expect((await service.validate(key.api_key)).status).toBe(200);
});

test('does not lock administrators out after a wrong token while Secrets Manager hangs', async () => {
  expect((await service.call('GET', '/api/v1/keys')).status).toBe(200);
  service.clock.now = new Date(service.clock.now.getTime() + 2000);
  service.secrets.mode = 'hang';
  const wrong = service.call('GET', '/api/v1/keys', { headers: { authorization: 'Bearer x' } });
  await until(() => service.secrets.actions.length > 0);
  expect((await service.call('GET', '/api/v1/keys')).status).toBe(200);
  expect(await wrong).toEqual(unavailable);
  expect((await service.call('GET', '/api/v1/keys')).status).toBe(200);
});

test('accepts a known token and no other without Secrets Manager', async () => {
  service.secrets.mode = 'cut';
  expect((await service.call('GET', '/api/v1/keys')).status).toBe(200);
  service.clock.now = new Date(service.clock.now.getTime() + 60_000);
  expect(await service.call('GET', '/api/v1/keys')).toEqual(unavailable);
  service.secrets.mode = 'hang';
  const began = performance.now();
  expect(await service.call('GET', '/api/v1/keys')).toEqual(unavailable);
  expect(performance.now() - began).toBeLessThan(4000);
  service.secrets.mode = 'pass';
  service.clock.now = new Date(service.clock.now.getTime() + 1000);
  expect((await service.call('GET', '/api/v1/keys')).status).toBe(200);
});

// The last test, because the reads of the totals use up the SDK's quota of retries.
test('responds with 503 to every operation on usage without DynamoDB', async () => {
  const path = `/api/v1/usage/${key.key_id}`;
  service.dynamodb.mode = 'cut';
  const answers = await Promise.all([
    service.call('POST', path, { body: USAGE }),
    service.call('POST', `${path}/debit`, { body: USAGE }),
    service.call('GET', `${path}/stats`),
    service.call('GET', `${path}/billing`),
    service.call('GET', '/api/v1/usage/aggregate'),
  ]);
  expect(answers).toEqual(answers.map(() => unavailable));
});
