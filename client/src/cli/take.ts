/**
 * Yields the first elements of a list.
 * @param onMore called if there are more, after them
 */
export async function* take<T>(
  items: AsyncIterable<T>,
  most: number,
  onMore: () => Promise<void>,
): AsyncGenerator<T> {
  let count = 0;
  for await (const item of items) {
    if (count++ === most) return onMore();
    yield item;
  }
}
