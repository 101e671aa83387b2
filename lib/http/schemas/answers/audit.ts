import * as z from 'zod/mini';
import { SEALS } from '../../../domain/audit-seal.ts';
import { TRAIL_PROBLEMS } from '../../../domain/audit-trail.ts';
import { count, describe, time, timeOrNull, uuid, type Wire } from './fields.ts';

const textOrNull = (description: string) => describe(z.nullable(z.string()), description);

const change = z.object({
  field: describe(z.string(), 'The field of the key.'),
  old: describe(z.unknown(), 'Its value before; null if it had none.'),
  new: describe(z.unknown(), 'Its value after; null if it has none.'),
});

const fields = {
  version: describe(
    z.nullable(z.int()),
    'The version of the key that the change made: 1 for its creation. Null for entries from before 2026-11-28 and, in the list of all keys, for a revocation, which is the last version.',
  ),
  time: timeOrNull('When API Gateway received the request; null if someone has altered it.'),
  action: textOrNull('`create`, `update`, `rotate` or `revoke`.'),
  changes: describe(
    z.array(change),
    'The fields that the change has changed, with the value before and after. Never a verifier.',
  ),
  reason: textOrNull('The reason that the request gave.'),
  actor: textOrNull('The name of the token; `admin` is the token that rotates.'),
  token_version: textOrNull(
    'The version of the secret in Secrets Manager that held the token, by which an old admin token is told from the next.',
  ),
  source_ip: textOrNull('The address of the caller, as API Gateway saw it.'),
  user_agent: textOrNull('The first 200 characters of `User-Agent`.'),
  request_id: textOrNull('Identifies the request in the log of the service.'),
  seal: describe(
    z.enum(SEALS),
    '`valid`: the entry is as it was written. `wrong`: it is not. `missing`: it has no seal, like those from before 2026-11-28. `unverifiable`: Secrets Manager no longer has the pepper of the seal.',
  ),
};

const entry = z.object(fields);

/** An entry, without the key that it is about. */
export type Entry = Wire<typeof entry>;

export const trail = describe(
  z.object({
    key_id: uuid('The key.'),
    version: count(
      'The number of changes of the key, its creation included; on later pages, the version that the page begins with.',
    ),
    intact: describe(z.boolean(), 'Whether nothing is wrong on this page.'),
    findings: describe(
      z.array(
        z.object({
          problem: describe(z.enum(TRAIL_PROBLEMS), 'The kind of problem, for programs.'),
          version: describe(z.nullable(z.int()), 'The version of the key that is concerned.'),
          message: describe(z.string(), 'The problem, for people.'),
        }),
      ),
      'What is wrong: `altered`, `missing`, `unexpected`, `unsealed_entry` or `unverifiable`.',
    ),
    unsealed: count(
      'The entries of this page from before 2026-11-28. Their number is checked, but not their content.',
    ),
    entries: describe(z.array(entry), 'The entries, newest first.'),
  }),
  'A page of the audit trail of a key.',
  { id: 'AuditTrail' },
);

export const auditLog = describe(
  z.object({
    from: time('The entries are from this time on.'),
    to: time('The entries are from before this time.'),
    entries: describe(
      z.array(z.object({ key_id: uuid('The key that was changed.'), ...fields })),
      'The entries, newest first.',
    ),
  }),
  'A page of the audit entries of all keys.',
  { id: 'AuditLog' },
);
