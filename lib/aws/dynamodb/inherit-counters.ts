import { omitCounters, staleCounters } from '../../domain/limits.ts';
import { INHERITS } from './item.ts';
import { updateKeyItem } from './key-update.ts';
import { readKey } from './keys.ts';

/**
 * Copies a rotated key's counters to its successor, once, whichever process comes first. The
 * rotated key's own counters no longer change, so a crash in between loses nothing.
 * @throws Unavailable
 */
export async function inheritCounters(keyId: string, from: string, now: Date): Promise<void> {
  const counters = (await readKey(from))?.counters ?? {};
  const kept = Object.entries(omitCounters(counters, staleCounters(counters, now)));
  const adds = kept.map(([name]) => `${name} :${name}`);
  await updateKeyItem(keyId, {
    UpdateExpression: `REMOVE ${INHERITS}${adds.length > 0 ? ` ADD ${adds.join(', ')}` : ''}`,
    ConditionExpression: `attribute_exists(${INHERITS})`,
    ...(kept.length > 0 && {
      ExpressionAttributeValues: Object.fromEntries(
        kept.map(([name, count]) => [`:${name}`, { N: String(count) }]),
      ),
    }),
  });
}
