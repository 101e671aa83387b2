import { AUDIT_ACTIONS } from '../../../domain/audit-entry.ts';
import { auditLog, type Entry, trail } from '../../schemas/answers/audit.ts';
import { logQuery, trailQuery } from '../../schemas/audit-query.ts';
import { KEY_ID } from '../examples.ts';
import { input, type Operation } from '../operation.ts';

const LIMIT = {
  description: 'The size of a page.',
  type: 'integer',
  minimum: 1,
  maximum: 1000,
  default: 100,
} as const;
const CURSOR = 'The position of the page; part of the link to it.';
const TIME = 'A day, or a time in ISO 8601.';

const REVOCATION: Entry = {
  version: 2,
  time: '2026-11-23T18:30:00.000Z',
  action: 'revoke',
  changes: [{ field: 'revoked_at', old: null, new: '2026-11-23T18:30:00.000Z' }],
  reason: 'leaked in a log',
  actor: 'alice',
  token_version: 'a1b2c3d4-0000-4000-8000-000000000001',
  source_ip: '198.51.100.7',
  user_agent: 'hokusai-auth/0.2.0',
  request_id: 'a1b2c3d4-0000-4000-8000-000000000000',
  seal: 'valid',
};

/** The operations with which administrators see who has changed keys. */
export const auditOperations = {
  'GET /api/v1/keys/{key_id}/audit': {
    operationId: 'getKeyAudit',
    tag: 'Audit',
    summary: 'Audit trail of a key',
    description:
      'Returns the changes of a key, newest first, and says whether its trail is intact: every version of the key has its entry, there is no other, and each entry is as it was written.\n\n' +
      'A page vouches for its own entries and for its joint with the page before. To check the whole trail, follow the header `Link` to the last page.',
    caller: 'auditor',
    query: input(trailQuery, { limit: LIMIT, cursor: CURSOR }),
    answers: {
      200: {
        description: 'A page of the trail.',
        schema: trail,
        headers: { Link: false },
        examples: {
          altered: {
            summary: 'An entry was altered',
            value: {
              key_id: KEY_ID,
              version: 2,
              intact: false,
              findings: [
                {
                  problem: 'altered',
                  version: 2,
                  message: 'The entry of version 2 is not as it was written.',
                },
              ],
              unsealed: 0,
              entries: [{ ...REVOCATION, seal: 'wrong' }],
            },
          },
        },
      },
    },
  },
  'GET /api/v1/audit': {
    operationId: 'listAudit',
    tag: 'Audit',
    summary: 'Audit entries of all keys',
    description:
      'Returns who has changed keys in a span of time, newest first; without `from`, in the 24 hours before its end. An entry that was just written may be missing for a moment, and entries from before 2026-11-28 are only in the trails of their keys.\n\n' +
      'It tells by `seal` whether an entry is as it was written. Only the trail of a key tells whether one is missing. ' +
      'If there are more entries, the header `Link` leads to the next page, which may be short or even empty.',
    caller: 'auditor',
    query: input(logQuery, {
      from: `${TIME} The entries are from this time on, at most 92 days before the end.`,
      to: `${TIME} The entries are from before this time, or until the end of this day; now by default.`,
      action: { description: 'Only changes of this kind.', enum: [...AUDIT_ACTIONS] },
      limit: LIMIT,
      cursor: CURSOR,
    }),
    answers: {
      200: {
        description: 'A page of entries.',
        schema: auditLog,
        headers: { Link: false },
        examples: {
          night: {
            summary: 'One entry',
            value: {
              from: '2026-11-22T20:00:00.000Z',
              to: '2026-11-24T00:00:00.000Z',
              entries: [{ key_id: KEY_ID, ...REVOCATION }],
            },
          },
        },
      },
    },
  },
} as const satisfies Record<string, Operation>;
