import { expect, jest, test } from '@jest/globals';
import { Unavailable } from '../../lib/domain/unavailable.ts';
import { inTurn } from '../../lib/runtime/serialize.ts';

test('what has waited for as long as a caller would is not begun', async () => {
  let now = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => now);
  let end = () => {};
  const first = inTurn(
    () =>
      new Promise<void>((resolve) => {
        end = resolve;
      }),
  );
  const second = inTurn(async () => 'begun');
  await new Promise(setImmediate);
  now = 2701;
  end();
  await first;
  await expect(second).rejects.toThrow(Unavailable);
  expect(await inTurn(async () => 'begun')).toBe('begun');
});
