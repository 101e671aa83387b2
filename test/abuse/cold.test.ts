import { randomInt } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { generateKey } from '../../lib/domain/key.ts';
import { useService } from '../support/service.ts';

const service = useService();

// The only test of the file, because the process must not have read the pepper.
test('keys that do not exist cause one read of the pepper in 30 s in a process that starts without it', async () => {
  service.secrets.mode = 'cut';
  for (let i = 0; i < 5; i++) {
    const { text } = generateKey('production', randomInt);
    expect((await service.validate(text)).status).toBe(401);
  }
  // The SDK sends a request that failed once more.
  expect(service.secrets.actions).toEqual(['GetSecretValue', 'GetSecretValue']);
});
