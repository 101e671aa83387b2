import { expect, test } from '@jest/globals';
import { dueNotice } from '../../lib/domain/due-notice.ts';
import { aRecord, NOW } from './fixtures.ts';

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

test('a notice of few keys lists all, the oldest first, and says how to go on', () => {
  const keys = [
    { key_id: 'young', name: 'a "name"', created_at: '2026-08-25T18:30:00.000Z' },
    { key_id: 'old', name: 'two\nlines', created_at: '2026-08-24T18:30:00.001Z' },
  ];
  expect(dueNotice(keys, NOW)).toBe(`API keys past their rotation date: 2

old  90 days old  "two\\nlines"
young  90 days old  "a \\"name\\""

All of them: GET /api/v1/keys?rotation_due=true
To replace one: POST /api/v1/keys/{key_id}/rotate`);
});
