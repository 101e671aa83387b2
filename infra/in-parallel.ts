/** Works on all tasks, `count` at a time. */
export async function inParallel<T>(
  count: number,
  tasks: Iterable<T>,
  work: (task: T) => Promise<void>,
): Promise<void> {
  const left = tasks[Symbol.iterator]();
  const worker = async () => {
    for (let next = left.next(); !next.done; next = left.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: count }, worker));
}
