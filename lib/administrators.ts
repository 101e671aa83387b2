import { isAdminToken } from './aws/admin-token.ts';
import type { Reply } from './http/reply.ts';

/** A refused key is not among them: `bad_key` is a service's trouble. */
const FAILURES: readonly unknown[] = ['not_authenticated', 'bad_credentials'];

/** What every route for administrators has in common: who may call it, and that a caller who may not is counted. */
export const administrators = {
  authenticate: isAdminToken,
  measure: ({ log }: Reply) =>
    FAILURES.includes(log?.code) ? { values: { AdminAuthenticationFailures: 1 } } : undefined,
};
