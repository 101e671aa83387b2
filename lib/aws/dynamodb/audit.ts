import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Origin } from '../../domain/origin.ts';
import { requireEnv, VARIABLES } from '../../environment.ts';

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
        actor: origin.principal.kind,
        source_ip: origin.sourceIp,
        request_id: origin.requestId,
        ...(origin.reason !== undefined && { reason: origin.reason }),
      }),
    },
  };
}
