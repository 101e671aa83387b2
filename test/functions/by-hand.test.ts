import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { delayBeforeHandler } from '../../lib/runtime/deadline.ts';
import { ADMIN_TOKEN } from '../support/client.ts';
import { resultHeaders, useService } from '../support/service.ts';

const service = useService();

/** Builds the payload of the runbook's `aws lambda invoke` as the operator's shell does. */
function payloadOf(keyId: string): string {
  const [, argument] =
    /--payload ('\{[^`]*?\}\}'$)/ms.exec(readFileSync('docs/operations.md', 'utf8')) ?? [];
  if (!argument) throw new Error('docs/operations.md shows no payload');
  const env = { PATH: process.env.PATH, TOKEN: ADMIN_TOKEN, KEY_ID: keyId };
  return execFileSync('sh', ['-c', `printf %s ${argument}`], { env, encoding: 'utf8' });
}

const timeOf = (event: APIGatewayProxyEventV2) => event.requestContext.timeEpoch;

test('revokes a key without the API by the payload in docs/operations.md', async () => {
  const { api_key, key_id } = await service.create();
  const { handler } = await import('../../functions/revoke-key.ts');
  const context = { getRemainingTimeInMillis: () => 5000 } as Context;
  const event = JSON.parse(payloadOf(key_id));
  expect(await handler(event, context)).toEqual({
    statusCode: 200,
    headers: resultHeaders('by-hand'),
    body: '{"message":"API key revoked successfully"}',
  });
  expect(await service.validate(api_key)).toMatchObject({ status: 401, body: { code: 'revoked' } });
  const [entry] = await service.trail(key_id);
  expect(entry).toMatchObject({ action: 'revoke', actor: 'admin', request_id: 'by-hand' });
  expect(entry).toMatchObject({ source_ip: 'by-hand', user_agent: '', seal: 'valid' });
  const at = new Date(timeOf(event)).toISOString();
  expect(entry.changes).toEqual([{ field: 'revoked_at', old: null, new: at }]);
});

test('gives the function its whole time, however slowly the CLI starts', () => {
  const timeEpoch = timeOf(JSON.parse(payloadOf('any')));
  const now = Date.now();
  expect(now - timeEpoch).toBeLessThan(60_000);
  for (const later of [0, 1000, 5000]) expect(delayBeforeHandler(timeEpoch, now + later)).toBe(0);
});
