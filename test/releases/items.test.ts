import { DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { RotateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { createStreamReader } from '../../infra/local/stream.ts';
import { DAY_MS } from '../../lib/domain/time.ts';
import { requireEnv, VARIABLES } from '../../lib/environment.ts';
import { captureIssued } from '../support/captured.ts';
import { connectedDatabase } from '../support/dependencies.ts';
import { type Release, type Releases, releaseTime, startReleases } from '../support/releases.ts';
import { currentAdminToken, newToken, putNamedTokens, sha256Of } from '../support/secrets.ts';
import type { Notice } from '../support/sns.ts';
import { expectAlike } from './alike.ts';
import { choicesOf, fieldsOf, REQUESTS, requestOf } from './every-field.ts';

let releases: Releases;
let notices: Notice[];
beforeAll(async () => {
  const { notices: published, ...started } = await startReleases();
  releases = started;
  notices = published;
}, 30_000);

const WAYS = [
  ['previous', 'current'],
  ['current', 'previous'],
] as const;

test.each(Object.entries(REQUESTS))('these tests send every field of %s', (operation, fields) => {
  expect(Object.keys(fields).sort()).toEqual(Object.keys(fieldsOf('current', operation)).sort());
});

describe.each(WAYS)('what the %s release writes and the %s one reads', (first, second) => {
  const way = () => [releases[first], releases[second]] as const;

  test('is a key with every field, in each of its states', async () => {
    const [writer, reader] = way();
    const created = await writer.create(requestOf(writer, 'POST /api/v1/keys'));
    const path = `/api/v1/keys/${created.key_id}`;
    const write = async (method: string, suffix: string, body: object) => {
      const answer = await writer.call(method, path + suffix, { body });
      expect(answer.status).toBe(200);
      return answer.body;
    };
    const validated = async (apiKey: string) => {
      const { status, body } = await reader.validate(apiKey);
      return body.code ?? status;
    };
    const states: unknown[] = [];
    const look = async (apiKey: string) => {
      await expectAlike(releases, path);
      states.push(await validated(apiKey));
      await expectAlike(releases, path);
    };
    const { api_key } = created;
    await look(api_key);
    await write('PATCH', '', requestOf(writer, 'PATCH /api/v1/keys/{key_id}'));
    await look(api_key);
    await write('PATCH', '', { suspended: true });
    await look(api_key);
    await write('PATCH', '', { suspended: false });
    const { body } = await writer.validate(api_key, { lease_requests: 2 });
    expect(body.lease).toMatchObject({ requests: 2 });
    await look(api_key);
    const successor = await write('POST', '/rotate', { grace_period_minutes: 60 });
    await writer.validate(api_key);
    await look(api_key);
    expect((await expectAlike(releases, path)).used_from).toMatchObject([{ address: '127.0.0.1' }]);
    await expectAlike(releases, `/api/v1/keys/${successor.key_id}`);
    expect(await validated(successor.api_key)).toBe(200);
    await write('DELETE', '', { reason: 'the end' });
    await look(api_key);
    expect(states).toEqual([200, 200, 'revoked', 200, 200, 'revoked']);
    const trail = await expectAlike(releases, `${path}/audit`);
    expect(trail).toMatchObject({ intact: true, unsealed: 0, entries: expect.any(Array) });
  });

  // The assessments below read these keys too.
  test('is a key with each value of a field that takes one of several', async () => {
    const [writer, reader] = way();
    const choices = choicesOf(writer, 'POST /api/v1/keys');
    expect(choices.length).toBeGreaterThan(0);
    for (const choice of choices) {
      const { api_key, key_id } = await writer.create(choice);
      await expectAlike(releases, `/api/v1/keys/${key_id}`);
      expect((await reader.validate(api_key)).status).toBe(200);
    }
  });

  test('is a list of keys', async () => {
    const [writer] = way();
    const own = `by-${writer.name}`;
    const { key_id } = await writer.create({ user_id: own, name: own });
    // Both are indexes of their own.
    for (const filter of ['user_id', 'name']) {
      const listed = await expectAlike(releases, `/api/v1/keys?${filter}=${own}`);
      expect(Object.values(listed)).toMatchObject([{ key_id }]);
    }
  });

  test('is a usage report with every field, which is counted once', async () => {
    const [writer, reader] = way();
    const { key_id } = await writer.create({ service_id: 'platform' });
    const path = `/api/v1/usage/${key_id}`;
    const body = requestOf(writer, 'POST /api/v1/usage/{key_id}');
    const repeated = requestOf(reader, 'POST /api/v1/usage/{key_id}');
    const answers = await Promise.all([
      writer.call('POST', path, { body }),
      reader.call('POST', path, { body: repeated }),
      writer.call('POST', `${path}/debit`, { body: { ...body, idempotency_key: 'debit' } }),
      reader.call('POST', `${path}/debit`, { body: { ...repeated, idempotency_key: 'debit' } }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    // The second reads the stream from the beginning again, and skips what the first has added.
    for (const { invoke } of [reader, writer]) {
      const stream = createStreamReader((event) => invoke('count-usage', event));
      while ((await stream.poll()) > 0);
      stream.stop();
    }
    expect(await expectAlike(releases, `${path}/stats`)).toMatchObject({
      total_requests: 2,
      total_predictions: 6,
      total_compute_ms: 14.5,
      average_response_time_ms: 12.5,
      error_rate: 1,
      top_endpoints: [{ endpoint: '/v1/predict', count: 2 }],
    });
    expect((await expectAlike(releases, `${path}/billing`)).current_usage.requests).toBe(2);
    await expectAlike(releases, '/api/v1/usage/aggregate');
  });

  test('is a security posture and its lists of keys', async () => {
    const [writer, reader] = way();
    const { key_id } = await writer.create({ name: 'no scopes' });
    // Each way on another day, because a day has one snapshot.
    const time = new Date(releaseTime().getTime() + DAY_MS * WAYS.findIndex(([a]) => a === first));
    await reader.invoke('assess-posture', { time: time.toISOString() });
    const seen = await Promise.all(
      [writer, reader].map(async ({ call }) => {
        const { body } = await call('GET', '/api/v1/security/posture');
        const { count } = body.checks.find(({ check }: { check: string }) => check === 'no_scopes');
        const listed = await call('GET', '/api/v1/keys?finding=no_scopes');
        return [
          body.as_of,
          body.keys,
          count,
          listed.body.map((key: { key_id: string }) => key.key_id),
        ];
      }),
    );
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[0]).toEqual([
      time.toISOString(),
      expect.any(Number),
      expect.any(Number),
      expect.arrayContaining([key_id]),
    ]);
  });

  test('is a key that is due for rotation', async () => {
    const [writer, reader] = way();
    const { key_id } = await writer.create();
    notices.length = 0;
    const time = new Date(releaseTime().getTime() + 100 * DAY_MS);
    await reader.invoke('report-due-keys', { time: time.toISOString() });
    expect(notices).toMatchObject([{ Message: expect.stringContaining(key_id) }]);
  });
});

// A rotation by the release before must not lose a restriction that the new one has stored.
test.each(['previous', 'current'] as const)(
  'the %s release keeps an attribute that it does not know',
  async (name) => {
    const { create, call } = releases[name];
    // Not the one that locks the items of the creation.
    const client = new DynamoDBClient({ endpoint: connectedDatabase() });
    const keyOf = (keyId: string) => ({
      TableName: requireEnv(VARIABLES.keysTable),
      Key: { key_id: { S: keyId } },
    });
    const { key_id } = await create();
    await client.send(
      new UpdateItemCommand({
        ...keyOf(key_id),
        UpdateExpression: 'SET of_a_later_release = :kept ADD version :one',
        ExpressionAttributeValues: { ':kept': { S: 'kept' }, ':one': { N: '1' } },
      }),
    );
    await call('PATCH', `/api/v1/keys/${key_id}`, { body: { name: 'another' } });
    const { body: successor } = await call('POST', `/api/v1/keys/${key_id}/rotate`);
    for (const keyId of [key_id, successor.key_id]) {
      const { Item } = await client.send(new GetItemCommand(keyOf(keyId)));
      expect(Item).toMatchObject({ of_a_later_release: { S: 'kept' } });
    }
    client.destroy();
  },
);

test('a named token is accepted by both releases', async () => {
  const token = newToken();
  await putNamedTokens({ alice: { sha256: sha256Of(token), role: 'auditor' } });
  expect(await statusesWith(token)).toEqual([200, 200]);
});

// After all others, which use the first admin token.
test.each(WAYS)(
  'both releases accept the token of a rotation whose steps %s and %s take in turns',
  async (first, second) => {
    const SecretId = requireEnv(VARIABLES.adminTokenSecret);
    const client = new SecretsManagerClient();
    const { VersionId: ClientRequestToken } = await client.send(
      new RotateSecretCommand({ SecretId }),
    );
    client.destroy();
    const steps = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'];
    for (const [i, Step] of steps.entries()) {
      const release = releases[i % 2 === 0 ? first : second];
      await release.invoke('rotate-admin-token', { Step, SecretId, ClientRequestToken });
    }
    expect(await statusesWith(await currentAdminToken())).toEqual([200, 200]);
  },
);

/** Returns the status of a listing with a token on each release. */
function statusesWith(token: string): Promise<number[]> {
  captureIssued(token);
  const headers = { authorization: `Bearer ${token}` };
  const list = ({ call }: Release) =>
    call('GET', '/api/v1/keys?limit=1', { headers, admin: false });
  return Promise.all(
    [releases.previous, releases.current].map(async (on) => (await list(on)).status),
  );
}
