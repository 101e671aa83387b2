import { readEndedPositions } from '../../lib/aws/dynamodb/ended-keys.ts';
import type { Item } from '../../lib/aws/dynamodb/item.ts';
import type { LostKey } from './judge.ts';
import { scan } from './scan.ts';
import { liveTable } from './tables.ts';

/**
 * Looks for an end of keys elsewhere than in their trails, which may have lost their newest entries:
 * for a successor, and for the note that an ended key was presented. A key with one is unclear.
 * @param predecessors the keys that were rotated since the restore point, by audit entries of their
 * successors
 */
export async function checkOtherEvidence(
  keys: readonly LostKey[],
  predecessors: ReadonlySet<string>,
  now: Date,
): Promise<LostKey[]> {
  const inUse = keys.filter(({ fate }) => fate.kind === 'returns' && !fate.isEnded);
  if (inUse.length === 0) return [...keys];
  const unrotated = new Set(
    inUse.flatMap(({ keyId, fate }) => ('successor' in fate && !fate.successor ? keyId : [])),
  );
  const ended = new Map<string, string>();
  const noteSuccessor = (keyId: string) => {
    if (unrotated.has(keyId)) ended.set(keyId, 'It has a successor, unlike its trail.');
  };
  for (const keyId of predecessors) noteSuccessor(keyId);
  const input = {
    TableName: liveTable('keys'),
    FilterExpression: 'attribute_exists(rotated_from)',
    ProjectionExpression: 'rotated_from',
  };
  await scan(input, (items: Item[]) => {
    for (const { rotated_from } of items) noteSuccessor(rotated_from?.S ?? '');
  });
  for await (const { key_id } of readEndedPositions(undefined, now)) {
    ended.set(key_id, 'It was refused as revoked within the last days, unlike its trail.');
  }
  const isInUse = new Set(inUse.map(({ keyId }) => keyId));
  return keys.map((key) => {
    const reason = isInUse.has(key.keyId) ? ended.get(key.keyId) : undefined;
    return reason === undefined ? key : { ...key, fate: { kind: 'unclear', reason } };
  });
}
