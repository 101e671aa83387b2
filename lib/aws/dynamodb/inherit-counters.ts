import { omitCounters, staleCounters } from '../../domain/limits.ts';
import { INHERITS, LEASES } from './item.ts';
import { updateExpression, updateKeyItem } from './key-update.ts';
import { readKey } from './keys.ts';

/**
 * Copies a rotated key's counters and marks of leases to its successor, once, whichever process
 * comes first. The rotated key's own counters no longer change, so a crash in between loses nothing.
 * @throws Unavailable
 */
export async function inheritCounters(keyId: string, from: string, now: Date): Promise<void> {
  const old = await readKey(from);
  const { lengths = [], granted = 0, ended = 0 } = old?.leases ?? {};
  const counters = old?.counters ?? {};
  const added = {
    ...omitCounters(counters, staleCounters(counters, now)),
    ...(granted > 0 && { [LEASES.granted]: granted, [LEASES.ended]: ended }),
  };
  const values = [
    ...Object.entries(added).map(([name, count]) => [name, { N: String(count) }] as const),
    ...(granted > 0 ? [[LEASES.lengths, { NS: lengths.map(String) }] as const] : []),
  ];
  await updateKeyItem(keyId, {
    UpdateExpression: updateExpression({
      REMOVE: [INHERITS],
      ADD: values.map(([name]) => `${name} :${name}`),
    }),
    ConditionExpression: `attribute_exists(${INHERITS})`,
    ...(values.length > 0 && {
      ExpressionAttributeValues: Object.fromEntries(
        values.map(([name, value]) => [`:${name}`, value]),
      ),
    }),
  });
}
