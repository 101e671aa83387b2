import { logger } from './log.ts';

/** A caller waits for this time at most: it was refused, and loses nothing. */
const MAX_WAIT_MS = 300;

/**
 * Makes a write that the answer does not depend on. Never throws: what fails, or takes longer than
 * 0.3 s, is logged.
 * @param what names the write in the log
 * @returns whether it succeeded; if not, it may have been made nevertheless
 */
export async function bestEffort(
  what: string,
  write: (abortSignal: AbortSignal) => Promise<unknown>,
): Promise<boolean> {
  try {
    await write(AbortSignal.timeout(MAX_WAIT_MS));
    return true;
  } catch (error) {
    logger.warn(`${what} failed`, { error: error as Error });
    return false;
  }
}
