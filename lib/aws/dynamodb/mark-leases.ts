import { LEASES } from './item.ts';
import { updateKeyItem } from './key-update.ts';

/**
 * Notes on a key's item that the first `ended` of its leases have ended. Never throws: without the
 * note, the next report waits as well.
 */
export async function markLeasesEnded(keyId: string, ended: number): Promise<void> {
  const update = {
    UpdateExpression: `SET ${LEASES.ended} = :ended`,
    ConditionExpression: 'attribute_exists(key_id)',
    ExpressionAttributeValues: { ':ended': { N: String(ended) } },
  };
  await updateKeyItem(keyId, update).catch(() => undefined);
}
