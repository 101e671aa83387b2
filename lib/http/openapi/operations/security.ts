import { posture } from '../../schemas/answers/security.ts';
import { KEY_ID } from '../examples.ts';
import type { Operation } from '../operation.ts';

/** The operations on the security of a stage. */
export const securityOperations = {
  'GET /api/v1/security/posture': {
    operationId: 'getSecurityPosture',
    tag: 'Security',
    summary: 'Security posture',
    description:
      'Checks the stage against the security guide. What needs all keys is found once a day, and is as old as `as_of` says. ' +
      'The keys of another environment, the failures of administrators, the ended keys that were presented and the ages of the secrets are those of now.',
    caller: 'auditor',
    answers: {
      200: {
        description: 'Every check.',
        schema: posture,
        examples: {
          posture: {
            summary: 'One of the checks',
            value: {
              as_of: '2026-11-23T00:05:00.000Z',
              stage: 'hokusai-api-keys-production',
              keys: 1204,
              checks: [
                {
                  check: 'rotation_overdue',
                  status: 'problem',
                  count: 1,
                  message: 'Keys past their rotation date: 1. Rotate each with a grace period.',
                  keys: [{ key_id: KEY_ID, name: 'backend', key_prefix: 'hk_live_EXA***' }],
                  more: null,
                },
              ],
            },
          },
        },
      },
    },
  },
} as const satisfies Record<string, Operation>;
