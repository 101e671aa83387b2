const steps: (() => unknown)[] = [];

/**
 * Registers a step to take when the file's tests are done, the last registered first. Unlike an
 * `afterAll` it comes before the search for leaks, which so sees the last output of a process.
 */
export function cleanUp(step: () => unknown): void {
  steps.push(step);
}

export async function runCleanUp(): Promise<void> {
  for (const step of steps.splice(0).reverse()) await step();
}
