import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { requireEnv, VARIABLES } from '../../environment.ts';

/** The source and time of a change, and its reason if one was given. */
export interface Origin {
  readonly now: Date;
  readonly sourceIp: string;
  readonly requestId: string;
  readonly reason?: string;
}

type AuditAction = 'create' | 'update' | 'rotate' | 'revoke';

/** Makes the audit entry of a change, to be written in the change's own transaction. */
export function auditEntry(
  keyId: string,
  action: AuditAction,
  detail: object,
  origin: Origin,
): TransactWriteItem {
  return {
    Put: {
      TableName: requireEnv(VARIABLES.auditTable),
      Item: marshall({
        key_id: keyId,
        at: `${origin.now.toISOString()}#${origin.requestId}`,
        action,
        detail,
        actor: 'admin',
        source_ip: origin.sourceIp,
        request_id: origin.requestId,
        ...(origin.reason !== undefined && { reason: origin.reason }),
      }),
    },
  };
}
