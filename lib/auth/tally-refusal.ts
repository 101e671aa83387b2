import { isRealMismatch, type Reply } from '../http/reply.ts';
import { tallyRefused } from '../service/tally-refused.ts';

/**
 * Counts a refusal that the security posture reports: of an administrator's credentials, or of a key
 * that may be a real one of another environment. Never throws.
 */
export async function tallyRefusal(reply: Reply, now: Date): Promise<void> {
  if (reply.code === 'bad_credentials') await tallyRefused('admin_failures', now);
  else if (isRealMismatch(reply)) await tallyRefused('foreign_keys', now);
}
