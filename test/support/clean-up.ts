const steps: (() => unknown)[] = [];

/**
 * Registers a step to run when the tests of the file are done, in reverse order of registration.
 * It runs before the search for leaks, unlike an `afterAll`, so that the search sees the output of
 * a process to its end.
 */
export function cleanUp(step: () => unknown): void {
  steps.push(step);
}

export async function runCleanUp(): Promise<void> {
  for (const step of steps.splice(0).reverse()) await step();
}
