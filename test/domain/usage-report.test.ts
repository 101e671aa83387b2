import { expect, test } from '@jest/globals';
import {
  dayIn,
  entryName,
  isError,
  isSameReport,
  type LogEntry,
  monthIn,
} from '../../lib/domain/usage-report.ts';
import { ENTRY } from './fixtures.ts';

test('a report is named by its idempotency key, and otherwise by its request', () => {
  expect(entryName('1', 'request')).toBe('report#1');
  expect(entryName(undefined, 'request')).toBe('request#request');
});

test.each<[Partial<LogEntry>, boolean]>([
  [{}, true],
  [{ response_time_ms: 9, compute_ms: 9, status_code: 500, at: 'later', request_id: 'x' }, true],
  [{ charge: 'debit' }, false],
  [{ service_id: 'website' }, false],
  [{ endpoint: '/b' }, false],
  [{ predictions_count: 3 }, false],
])('a report sent again with %j is billed the same: %p', (changes, isSame) => {
  expect(isSameReport(ENTRY, { ...ENTRY, ...changes })).toBe(isSame);
});

test.each([
  [0, false],
  [399, false],
  [400, true],
  [503, true],
])('a request answered with %i failed: %p', (status_code, failed) => {
  expect(isError({ ...ENTRY, status_code })).toBe(failed);
});

test('a report counts in the UTC month and day in which it was received', () => {
  expect([monthIn(ENTRY), dayIn(ENTRY)]).toEqual(['2026-11', '2026-11-23']);
});
