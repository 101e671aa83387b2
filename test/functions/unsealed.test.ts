import { expect, test } from '@jest/globals';
import { toItem } from '../../lib/aws/dynamodb/item.ts';
import { aRecord, NOW } from '../domain/fixtures.ts';
import { useService } from '../support/service.ts';

const service = useService();

const keyIdOf = (mode: string) => `fb97fb21-91e2-5774-8ea5-f28e4b22a37${mode === 'cut' ? 1 : 2}`;
const MODES = ['hang', 'cut'] as const;

// In a file of its own: this process must not have read the pepper before.
test.each(MODES)('revokes a key in time while the pepper cannot be read (%s)', async (mode) => {
  service.clock.now = NOW;
  const record = aRecord({ key_id: keyIdOf(mode) });
  await service.put(toItem(record, { hash: '', digest: new Uint8Array(1), pepper: 'unknown' }));
  // The process knows the admin token, but no pepper.
  expect((await service.call('GET', '/api/v1/keys')).status).toBe(200);
  service.secrets.mode = mode;
  const began = performance.now();
  expect((await service.call('DELETE', `/api/v1/keys/${record.key_id}`)).status).toBe(200);
  expect(performance.now() - began).toBeLessThan(4000);
  service.secrets.mode = 'pass';
});

// After the others, because it reads the pepper.
test.each(MODES)('the audit trail says that such an entry has no seal (%s)', async (mode) => {
  const { body } = await service.call('GET', `/api/v1/keys/${keyIdOf(mode)}/audit`);
  expect(body).toMatchObject({
    version: 2,
    intact: false,
    findings: [
      { problem: 'unsealed_entry', version: 2, message: 'The entry of version 2 has no seal.' },
      { problem: 'missing', version: 1 },
    ],
    entries: [{ action: 'revoke', seal: 'missing' }],
  });
});
