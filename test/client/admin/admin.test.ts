import { expect, test } from '@jest/globals';
import { AdminError, createAdmin } from '../../../client/src/admin/index.ts';
import { captureIssued } from '../../support/captured.ts';
import { ADMIN_TOKEN } from '../../support/client.ts';
import { useService } from '../../support/service.ts';

const service = useService();
const admin = () => createAdmin({ url: service.url, token: async () => ADMIN_TOKEN });

test('creates, reads, changes, rotates and revokes a key', async () => {
  const created = await admin().create({
    name: 'backend',
    serviceId: 'prediction',
    allowedIps: ['203.0.113.0/24'],
    rateLimitPerHour: undefined,
  });
  captureIssued(created.apiKey);
  const { keyId, keyInfo } = created;
  expect(keyInfo).toMatchObject({ keyId, allowedIps: ['203.0.113.0/24'], rateLimitPerHour: 1000 });
  expect(await admin().get(keyId)).toEqual(keyInfo);
  const changed = { ...keyInfo, rateLimitPerHour: 500 };
  expect(await admin().update(keyId, { rateLimitPerHour: 500 })).toEqual(changed);
  const rotated = await admin().rotate(keyId, { gracePeriodMinutes: 60, reason: 'quarterly' });
  captureIssued(rotated.apiKey);
  expect(rotated.keyInfo).toMatchObject({ rotatedFrom: keyId, rateLimitPerHour: 500 });
  await admin().revoke(keyId);
  expect(await admin().get(keyId)).toMatchObject({ isActive: false, rotatedTo: rotated.keyId });
});

test('lists keys over pages, and by page', async () => {
  for (const name of ['one', 'two', 'three']) await service.create({ name, user_id: 'lister' });
  const { body } = await service.call('GET', '/api/v1/keys');
  const ids = body.map(({ key_id }: { key_id: string }) => key_id);
  const listed: string[] = [];
  for await (const { keyId } of admin().list({ limit: 2 })) listed.push(keyId);
  expect(listed).toEqual(ids);

  let cursor: string | undefined;
  for await (const page of admin().list({ limit: 2 }).pages()) {
    expect(page.items.map(({ keyId }) => keyId)).toEqual(ids.slice(0, 2));
    cursor = page.cursor;
    break;
  }
  const rest: string[] = [];
  for await (const { keyId } of admin().list({ limit: 2, cursor })) rest.push(keyId);
  expect(rest).toEqual(ids.slice(2));
});

test('reads usage, and keeps the names of services', async () => {
  const { key_id } = await service.create();
  const body = {
    service_id: 'prediction',
    endpoint: '/',
    status_code: 200,
    response_time_ms: 2,
    predictions_count: 3,
  };
  await service.call('POST', `/api/v1/usage/${key_id}`, { body });
  await service.drain();
  const sums = { requests: 1, predictions: 3, computeMs: 0 };
  expect((await admin().usage(key_id)).totalPredictions).toBe(3);
  expect((await admin().bill(key_id)).currentUsage).toEqual(sums);
  const { usageByDate } = await admin().usageTotals({ endDate: '2026-11-23' });
  expect(usageByDate).toEqual({
    '2026-11-23': { prediction: { ...sums, avgResponseTimeMs: 2 } },
  });
});

test('throws what the service says of a request that it refuses', async () => {
  const refused = admin().create({ name: '', serviceId: 'prediction', rateLimitPerHour: 1 });
  const error = await refused.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(AdminError);
  expect(error).toMatchObject({
    status: 400,
    errors: [
      { field: 'name', message: expect.any(String) },
      { field: 'rate_limit_per_hour', message: 'must be a whole number from 10 to 100000' },
    ],
    requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
  const wrong = createAdmin({ url: service.url, token: 'wrong' }).posture();
  await expect(wrong).rejects.toMatchObject({ name: 'AdminError', errors: [] });
});
