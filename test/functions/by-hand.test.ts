import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import type { Context } from 'aws-lambda';
import { ADMIN_TOKEN } from '../support/client.ts';
import { useService } from '../support/service.ts';

const service = useService();

/** Makes the payload of the README's `aws lambda invoke` as the operator's shell does. */
function payloadOf(keyId: string): string {
  const [, argument] =
    /--payload ('\{[^`]*?\}\}'$)/ms.exec(readFileSync('README.md', 'utf8')) ?? [];
  if (!argument) throw new Error('the README shows no payload');
  const env = { PATH: process.env.PATH, TOKEN: ADMIN_TOKEN, KEY_ID: keyId };
  return execFileSync('sh', ['-c', `printf %s ${argument}`], { env, encoding: 'utf8' });
}

test('the payload of the README revokes a key past the API', async () => {
  const { api_key, key_id } = await service.create();
  const { handler } = await import('../../functions/revoke-key.ts');
  const context = { getRemainingTimeInMillis: () => 5000 } as Context;
  const before = Math.floor(Date.now() / 1000) * 1000;
  expect(await handler(JSON.parse(payloadOf(key_id)), context)).toEqual({
    statusCode: 200,
    headers: {
      'Content-Type': 'application/json',
      'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
      'X-Content-Type-Options': 'nosniff',
      'X-Frame-Options': 'DENY',
      'Strict-Transport-Security': 'max-age=31536000',
      'Referrer-Policy': 'strict-origin-when-cross-origin',
      'Cache-Control': 'no-store',
      'X-Request-Id': 'by-hand',
    },
    body: '{"message":"API key revoked successfully"}',
  });
  expect(await service.validate(api_key)).toMatchObject({ status: 401, body: { code: 'revoked' } });
  const [entry] = (await service.auditEntries(key_id)).filter(({ action }) => action === 'revoke');
  expect(entry).toMatchObject({ actor: 'admin', source_ip: 'by-hand', request_id: 'by-hand' });
  const revokedAt = Date.parse(entry?.detail.revoked_at);
  expect(revokedAt).toBeGreaterThanOrEqual(before);
  expect(revokedAt).toBeLessThanOrEqual(Date.now());
});
