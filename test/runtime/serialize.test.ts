import { expect, jest, test } from '@jest/globals';
import { Unavailable } from '../../lib/domain/unavailable.ts';
import { serialize } from '../../lib/runtime/serialize.ts';

test('work that has waited as long as a caller would is not started', async () => {
  let now = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => now);
  let end = () => {};
  const first = serialize(
    () =>
      new Promise<void>((resolve) => {
        end = resolve;
      }),
  );
  const second = serialize(async () => 'begun');
  await new Promise(setImmediate);
  now = 2701;
  end();
  await first;
  await expect(second).rejects.toThrow(Unavailable);
  expect(await serialize(async () => 'begun')).toBe('begun');
});
