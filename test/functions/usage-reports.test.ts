import { describe, expect, test } from '@jest/globals';
import { ADMIN_TOKEN } from '../support/client.ts';
import { withOtherSecret } from '../support/drawing.ts';
import { logLines } from '../support/log-lines.ts';
import { invalid, NOW, notAuthenticated, problem } from '../support/service.ts';
import {
  as,
  badField,
  debited,
  notFound,
  recorded,
  TEN_MINUTES_MS,
  UNKNOWN_ID,
  USAGE,
  useUsage,
} from '../support/usage-requests.ts';

const { service, record, debit, stats, aggregate } = useUsage();
type Created = Awaited<ReturnType<typeof service.create>>;
const differentFrom = (end: string) => (end === 'a' ? 'b' : 'a');

describe.each([
  ['record-usage', record],
  ['debit-usage', debit],
])('%s', (name, send) => {
  const pathOf = (keyId: string) =>
    `/api/v1/usage/${keyId}${name === 'debit-usage' ? '/debit' : ''}`;

  test('counts the report of an administrator and of the key itself', async () => {
    const { key_id, api_key } = await service.create();
    const expected = name === 'record-usage' ? recorded : debited(null);
    expect(await send(key_id)).toEqual(expected);
    expect(await send(key_id, {}, as(api_key))).toEqual(expected);
    expect((await stats(key_id)).body).toMatchObject({ total_requests: 2, total_predictions: 6 });
  });

  test('counts zero for an optional field that is left out or null', async () => {
    const { key_id } = await service.create();
    const { predictions_count: _, compute_ms: __, ...required } = USAGE;
    const path = pathOf(key_id);
    const body = { ...required, model_id: null, idempotency_key: null, predictions_count: null };
    expect((await service.call('POST', path, { body })).status).toBe(200);
    expect((await stats(key_id)).body).toMatchObject({
      total_requests: 1,
      total_predictions: 0,
      total_compute_ms: 0,
    });
  });

  test('rejects a report without a bearer token with 401 and counts nothing', async () => {
    const { key_id, api_key } = await service.create();
    const inAnotherHeader = { headers: { 'x-api-key': api_key }, admin: false };
    expect(await send(key_id, {}, { admin: false })).toEqual(notAuthenticated);
    expect(await send(key_id, {}, inAnotherHeader)).toEqual(notAuthenticated);
    expect((await stats(key_id)).body.total_requests).toBe(0);
  });

  test.each<[string, (own: Created) => string | Promise<string>]>([
    ['of another key', async () => (await service.create()).api_key],
    ['that begins like the admin token', () => `${ADMIN_TOKEN}x`],
    ['with a wrong checksum', ({ api_key }) => api_key.replace(/.$/, differentFrom)],
  ])('rejects a bearer token %s with 401, and reads and counts nothing', async (_, bearerFor) => {
    const own = await service.create();
    const bearer = await bearerFor(own);
    service.dynamodb.actions.length = 0;
    expect(await send(own.key_id, {}, as(bearer))).toEqual(invalid);
    expect(service.dynamodb.actions).not.toContain('GetItem');
    expect((await stats(own.key_id)).body.total_requests).toBe(0);
  });

  test('rejects a key with the id of another and another secret, and one that is gone', async () => {
    const { key_id, api_key } = await service.create();
    const other = withOtherSecret(api_key);
    expect(await send(key_id, {}, as(other))).toEqual(invalid);
    const gone = await service.create();
    await service.remove(gone.key_id);
    expect(await send(gone.key_id, {}, as(gone.api_key))).toEqual(invalid);
  });

  test('rejects a key that ended ten minutes ago with 401 and counts nothing', async () => {
    const revoked = await service.create();
    await service.validate(revoked.api_key);
    await service.call('DELETE', `/api/v1/keys/${revoked.key_id}`);
    const expired = await service.create({ expires_in_days: 1 });
    await service.alter(expired.key_id, 'expires_at', NOW.toISOString());
    service.clock.now = new Date(NOW.getTime() + TEN_MINUTES_MS);
    for (const { key_id, api_key } of [revoked, expired]) {
      expect(await send(key_id, {}, as(api_key))).toEqual(invalid);
      // Rejected before the body is read.
      expect(await send(key_id, { endpoint: '' }, as(api_key))).toEqual(invalid);
      expect((await stats(key_id)).body.total_requests).toBe(0);
    }
  });

  test('rejects a key that reports for one that does not exist with 401, and logs which', async () => {
    const { api_key, key_info } = await service.create();
    const lines = await logLines(async () =>
      expect(await send(UNKNOWN_ID, {}, as(api_key))).toEqual(invalid),
    );
    expect(lines).toMatchObject([{ code: 'bad_key', key_prefix: key_info.key_prefix }]);
  });

  test('counts the report of an administrator for a revoked key', async () => {
    const { key_id } = await service.create();
    await service.call('DELETE', `/api/v1/keys/${key_id}`);
    expect((await send(key_id)).status).toBe(200);
  });

  test('counts nothing for a key that does not exist', async () => {
    const before = (await aggregate()).body;
    expect(await send(UNKNOWN_ID)).toEqual(notFound);
    expect(await send('no-uuid')).toEqual(notFound);
    service.dynamodb.actions.length = 0;
    expect(await send(UNKNOWN_ID)).toEqual(notFound);
    expect(service.dynamodb.actions).toEqual([name === 'record-usage' ? 'UpdateItem' : 'GetItem']);
    expect((await aggregate()).body).toEqual(before);
  });

  const quantity = 'must be a number from 0 to 1000000000';
  test.each([
    [{ service_id: undefined }, 'service_id', 'is required'],
    [{ service_id: 'other' }, 'service_id', 'must be one of: prediction, platform, website'],
    [{ endpoint: undefined }, 'endpoint', 'is required'],
    [
      { endpoint: 'x'.repeat(2049) },
      'endpoint',
      'must be text of 1 to 2048 characters, none of them control characters',
    ],
    [{ status_code: undefined }, 'status_code', 'is required'],
    [{ status_code: 99 }, 'status_code', 'must be 0 or a whole number from 100 to 599'],
    [{ status_code: '200' }, 'status_code', 'must be 0 or a whole number from 100 to 599'],
    [{ response_time_ms: undefined }, 'response_time_ms', 'is required'],
    [{ response_time_ms: -0.1 }, 'response_time_ms', quantity],
    [{ response_time_ms: 1e300 }, 'response_time_ms', quantity],
    [{ compute_ms: '1' }, 'compute_ms', quantity],
    [
      { predictions_count: 1.5 },
      'predictions_count',
      'must be a whole number from 0 to 1000000000',
    ],
    [{ predictions_count: -1 }, 'predictions_count', 'must be a whole number from 0 to 1000000000'],
    [
      { idempotency_key: '' },
      'idempotency_key',
      'must be text of 1 to 200 characters, none of them control characters',
    ],
    [{ predictions: 1 }, 'predictions', 'is not a field of this request'],
  ])('rejects %j with 400 and names the field', async (changes, field, message) => {
    const { key_id } = await service.create();
    expect(await send(key_id, changes)).toEqual(badField(field, message));
    expect((await stats(key_id)).body.total_requests).toBe(0);
  });

  test.each([
    [400, 'that is not JSON', '{', 'application/json'],
    [415, 'of another content type', 'a=b', 'text/plain'],
    [413, 'that is too large', `{"endpoint": "${'x'.repeat(33_000)}"}`, 'application/json'],
  ])('responds with %d to a body %s', async (status, _, body, type) => {
    const { key_id } = await service.create();
    const options = { body, headers: { 'content-type': type } };
    expect((await service.call('POST', pathOf(key_id), options)).status).toBe(status);
  });

  test('responds with 503 without DynamoDB', async () => {
    const { key_id } = await service.create();
    service.dynamodb.mode = 'cut';
    expect(await send(key_id)).toEqual(
      problem(503, 'Service Unavailable', 'Service temporarily unavailable'),
    );
    service.dynamodb.mode = 'pass';
  });
});
