export interface Failed {
  readonly error: string;
}

/** Performs the tasks that the parent of this process sends, and tells it that it may begin. */
export function answerTasks<Task>(perform: (task: Task) => Promise<object>): void {
  process.on('message', async (task: Task) => {
    try {
      process.send?.(await perform(task));
    } catch (error) {
      process.send?.({ error: (error as Error).message } satisfies Failed);
    }
  });
  process.send?.({ ready: true });
}
