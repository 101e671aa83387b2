import { expect, test } from '@jest/globals';
import { apiEvent } from '../support/api-event.ts';
import { problem, useService } from '../support/service.ts';

// An event of `apiEvent` comes from the second range; a call of the test's client from neither.
process.env.USAGE_AUTH = 'open';
process.env.USAGE_ADDRESSES = '2001:db8::/32, 192.0.2.0/28';
const service = useService();

const body = { service_id: 'prediction', endpoint: '/a', status_code: 200, response_time_ms: 1 };

/** Reports from 192.0.2.1. */
async function reportFromInside(keyId: string, headers: Record<string, string> = {}) {
  const { handler } = await import('../../functions/record-usage.ts');
  const event = apiEvent('POST', '/api/v1/usage/{key_id}', { headers, keyId, body });
  const context = { getRemainingTimeInMillis: () => 5000 };
  const { statusCode } = await handler(event as never, context as never);
  return statusCode;
}

test('lets anyone report from a listed address, with whatever credentials', async () => {
  const { key_id } = await service.create();
  expect(await reportFromInside(key_id)).toBe(200);
  expect(await reportFromInside(key_id, { authorization: 'Bearer of-a-user' })).toBe(200);
  expect(await reportFromInside('00000000-0000-5000-8000-000000000000')).toBe(404);
});

test('requires the key itself or an administrator from any other address', async () => {
  const { key_id, api_key } = await service.create();
  const path = `/api/v1/usage/${key_id}`;
  const call = (options: object) => service.call('POST', path, { body, ...options });
  expect(await call({ admin: false })).toEqual(problem(401, 'Unauthorized', 'Not authenticated'));
  // A caller can write any address into this header.
  const forwarded = { 'x-forwarded-for': '192.0.2.1' };
  expect((await call({ admin: false, headers: forwarded })).status).toBe(401);
  expect((await call({})).status).toBe(200);
  const headers = { authorization: `Bearer ${api_key}` };
  expect((await call({ admin: false, headers })).status).toBe(200);
});
