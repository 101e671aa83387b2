import { everyKey } from '../aws/dynamodb/listing.ts';
import { publishNotice } from '../aws/notices.ts';
import { type DueKey, dueNotice } from '../domain/due-notice.ts';
import { requireEnv, VARIABLES } from '../environment.ts';

/**
 * Sends the administrators a list of the keys past their rotation date, if there are any.
 * @returns the number of those keys
 * @throws Unavailable
 */
export async function reportDueKeys(now: Date): Promise<number> {
  const due: DueKey[] = [];
  for await (const { key_id, name, created_at } of everyKey({ rotation_due: true }, now)) {
    due.push({ key_id, name, created_at });
  }
  if (due.length > 0) {
    const subject = `API keys are due for rotation: ${requireEnv(VARIABLES.stackName)}`;
    await publishNotice(subject, dueNotice(due, now));
  }
  return due.length;
}
