import { expect, test } from '@jest/globals';
import { dueNotice } from '../../lib/domain/due-notice.ts';
import { aRecord } from './fixtures.ts';

test('a notice lists 300 keys and fits into the size limit of SNS, whatever their names', () => {
  const keys = Array.from({ length: 5000 }, (_, i) =>
    aRecord({
      key_id: `00000000-0000-5000-8000-${String(i).padStart(12, '0')}`,
      name: '😀'.repeat(100),
    }),
  );
  const notice = dueNotice(keys, new Date('2030-01-01T00:00:00.000Z'));
  expect(notice.match(/days old/g)).toHaveLength(300);
  expect(notice).toContain('and 4700 more');
  expect(Buffer.byteLength(notice)).toBeLessThan(256 * 1024);
});
