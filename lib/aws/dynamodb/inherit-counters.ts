import { omitCounters, staleCounters } from '../../domain/limits.ts';
import { INHERITS, type Item, LEASES } from './item.ts';
import { updateExpression, updateKeyItem } from './key-update.ts';
import { readKey } from './keys.ts';

/**
 * Copies a rotated key's counters and mark of leases to its successor, once, whichever process comes
 * first. The rotated key's own counters no longer change, so a crash in between loses nothing.
 * @throws Unavailable
 */
export async function inheritCounters(keyId: string, from: string, now: Date): Promise<void> {
  const { counters = {}, leaseMs = 0 } = (await readKey(from)) ?? {};
  const kept = Object.entries(omitCounters(counters, staleCounters(counters, now)));
  const adds: Item = {
    ...Object.fromEntries(kept.map(([name, count]) => [name, { N: String(count) }])),
    ...(leaseMs > 0 && { [LEASES]: { NS: [String(leaseMs)] } }),
  };
  const names = Object.keys(adds);
  await updateKeyItem(keyId, {
    UpdateExpression: updateExpression({
      REMOVE: [INHERITS],
      ADD: names.map((name) => `${name} :${name}`),
    }),
    ConditionExpression: `attribute_exists(${INHERITS})`,
    ...(names.length > 0 && {
      ExpressionAttributeValues: Object.fromEntries(
        names.map((name) => [`:${name}`, adds[name]]),
      ) as Item,
    }),
  });
}
