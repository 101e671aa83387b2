import { expect, test } from '@jest/globals';
import { Unavailable } from '../../lib/domain/unavailable.ts';

test('a dependency that gave no answer may have carried out the operation, unless it refused', () => {
  const cause = new Error('socket hang up');
  const unanswered = new Unavailable('no answer', { cause });
  expect(unanswered).toMatchObject({ name: 'Unavailable', message: 'no answer', refused: false });
  expect(unanswered.cause).toBe(cause);
  expect(new Unavailable('throttled', { refused: true }).refused).toBe(true);
  expect(new Unavailable('no answer').refused).toBe(false);
});
