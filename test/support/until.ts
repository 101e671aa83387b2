import { setTimeout } from 'node:timers/promises';

/** Waits until a condition holds, and leaves the processor to the others meanwhile. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await setTimeout(1);
}
