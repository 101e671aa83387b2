import { randomUUID } from 'node:crypto';
import { TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeAll, expect, test } from '@jest/globals';
import { changeKey } from '../../lib/aws/dynamodb/changes.ts';
import { dynamodb } from '../../lib/aws/dynamodb/client.ts';
import { readKey } from '../../lib/aws/dynamodb/keys.ts';
import { deadlineSignal, underDeadline } from '../../lib/runtime/deadline.ts';
import { countedIn, logLines } from '../support/log-lines.ts';
import { NOW, problem, useService } from '../support/service.ts';
import { until } from '../support/until.ts';

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

test('returns the created key although DynamoDB’s answer was lost', async () => {
  const old = await service.create();
  service.dynamodb.mode = 'lose-answer';
  const [created, rotated] = await Promise.all([
    service.create(),
    service.call('POST', `/api/v1/keys/${old.key_id}/rotate`),
  ]);
  service.dynamodb.mode = 'pass';
  expect((await service.validate(created.api_key)).status).toBe(200);
  expect(rotated.status).toBe(200);
  expect((await service.validate(rotated.body.api_key)).status).toBe(200);
  expect((await service.validate(old.api_key)).body.code).toBe('revoked');
});

test('creates a key once that an attempt has stored whose token DynamoDB has forgotten', async () => {
  const forgetToken = () => {
    service.dynamodb.before = async () => {
      const { action, input } = service.dynamodb.inputs.at(-1) ?? {};
      if (action !== 'TransactWriteItems' || !input) return;
      service.dynamodb.before = undefined;
      const fields = JSON.parse(input, (name, value) =>
        name === 'B' ? Buffer.from(value, 'base64') : value,
      );
      const ClientRequestToken = randomUUID();
      await dynamodb(new TransactWriteItemsCommand({ ...fields, ClientRequestToken }));
    };
  };
  forgetToken();
  const old = await service.create({ user_id: 'forgotten' });
  forgetToken();
  const { status, body } = await service.call('POST', `/api/v1/keys/${old.key_id}/rotate`);
  expect([status, body.key_info.rotated_from]).toEqual([200, old.key_id]);
  expect((await service.validate(body.api_key)).status).toBe(200);
  expect((await service.validate(old.api_key)).body.code).toBe('revoked');
  const keys = await service.call('GET', '/api/v1/keys?user_id=forgotten');
  expect(keys.body).toHaveLength(2);
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

test('waits for the answer to a request that was sent before the deadline, and sends no other', async () => {
  // Of a request's 5 seconds, the deadline is 2.3 before their end.
  await underDeadline(2_400, async () => {
    const signal = deadlineSignal();
    service.dynamodb.before = () => until(() => signal?.aborted ?? true);
    expect((await readKey(key.key_id))?.record.name).toBe('a key');
    service.dynamodb.actions.length = 0;
    await expect(readKey(key.key_id)).rejects.toThrow('out of time');
  });
  service.dynamodb.before = undefined;
  expect(service.dynamodb.actions).toEqual([]);
});

test('creates keys while the rotation of another waits for DynamoDB', async () => {
  const { key_id } = await service.create();
  let answer = () => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  service.dynamodb.actions.length = 0;
  service.dynamodb.before = () => {
    service.dynamodb.before = undefined;
    return answered;
  };
  const rotating = service.call('POST', `/api/v1/keys/${key_id}/rotate`);
  await until(() => service.dynamodb.actions.length > 0 && !service.dynamodb.before);
  const done = [rotating.then(() => 'rotated'), service.create().then(() => 'created')];
  expect(await Promise.race(done)).toBe('created');
  answer();
  expect((await rotating).status).toBe(200);
});

test('does not take a change whose last attempt was throttled for one of an unknown key', async () => {
  const { key_id } = await service.create();
  service.dynamodb.choose = ({ action }) => {
    if (action !== 'TransactWriteItems') return undefined;
    // The deadline has passed when this error is read, which has a failed condition beside it.
    for (const began = performance.now(); performance.now() - began < 200; );
    return 'throttle';
  };
  const origin = { now: NOW, principal: { kind: 'anyone' }, sourceIp: '', userAgent: '' };
  const changing = underDeadline(2_450, () =>
    changeKey(key_id, () => ({ name: 'x' }), { ...origin, requestId: 'r' } as never, undefined),
  );
  await expect(changing).rejects.toMatchObject({ name: 'Unavailable' });
  service.dynamodb.choose = undefined;
});
