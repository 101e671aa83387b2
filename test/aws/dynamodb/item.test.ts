import { expect, test } from '@jest/globals';
import { fromItem, toItem } from '../../../lib/aws/dynamodb/item.ts';
import { aRecord } from '../../domain/fixtures.ts';

test('keeps the counters and addresses of a stored key apart from its record', () => {
  const record = aRecord({ grace_ends_at: '2026-11-23T19:30:00.000Z', use_case: 'batch' });
  const verifiers = { hash: '$2b$04$hash', digest: Uint8Array.of(1), pepper: 'v1' };
  const key = fromItem({
    ...toItem(record, verifiers),
    requests_2026112318: { N: '5' },
    'from_2001:db8::1': { S: '2026-11-23T18:30:00.000Z' },
  });
  expect(key).toEqual({
    record,
    verifiers,
    counters: { requests_2026112318: 5 },
    inheritsFrom: undefined,
    leases: { lengths: [], granted: 0, ended: 0 },
    usedFrom: { '2001:db8::1': '2026-11-23T18:30:00.000Z' },
  });
});
