import {
  type AttributeValue,
  BatchWriteItemCommand,
  DynamoDBClient,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { toItem } from '../../lib/aws/dynamodb/item.ts';
import { type ApiKey, generateKey, maskKey } from '../../lib/domain/key.ts';
import { newRecord } from '../../lib/domain/record.ts';
import { digestKey, type Pepper } from '../../lib/domain/verifiers.ts';
import type { Progress } from './progress.ts';

/** Matches no key. Seeded keys are verified by their digest. */
const NO_HASH = `$2b$12$${'.'.repeat(53)}`;
const BATCH = 25;
const BATCHES_AT_ONCE = 8;

/**
 * Returns key number `i`, which is the same in every process, so that no process has to store keys.
 * @param secret another value returns a key with the same public id and another secret
 */
export function keyNumber(i: number, secret = 0): ApiKey {
  let drawn = 0;
  let rest = i;
  return generateKey('production', (bound) => {
    drawn++;
    if (drawn > 7) return secret % bound;
    const digit = rest % bound;
    rest = Math.floor(rest / bound);
    return digit;
  });
}

/** Returns the item of a key with an allowlist and two scopes, and without usage. */
export function seededItem(i: number, pepper: Pepper, fields = {}, verifiers = {}) {
  const key = keyNumber(i);
  const record = newRecord(
    { key_id: key.keyId, key_prefix: maskKey(key) },
    {
      name: `key number ${i}`,
      user_id: 'admin',
      service_id: 'prediction',
      environment: 'production',
      scopes: ['read', 'predict'],
      rate_limit_per_hour: 100_000,
      monthly_prediction_limit: null,
      overage_allowed: false,
      billing_plan: 'free',
      use_case: null,
      allowed_ips: ['192.0.2.0/24'],
      expires_in_days: null,
    },
    new Date(Date.UTC(2026, 0, 1) + i),
  );
  const stored = {
    hash: NO_HASH,
    digest: digestKey(key, pepper),
    pepper: pepper.version,
    ...verifiers,
  };
  return toItem({ ...record, ...fields }, stored);
}

/** Fills a table with keys number 0 to `count` - 1. */
export async function seed(
  table: string,
  count: number,
  pepper: Pepper,
  progress: Progress,
): Promise<void> {
  const client = new DynamoDBClient();
  let next = 0;
  const write = async () => {
    while (next < count) {
      const first = next;
      next = Math.min(count, next + BATCH);
      const requests: WriteRequest[] = Array.from({ length: next - first }, (_, i) => ({
        PutRequest: { Item: seededItem(first + i, pepper) as Record<string, AttributeValue> },
      }));
      await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }));
      progress(`seeding ${count} keys`, next / count);
    }
  };
  await Promise.all(Array.from({ length: BATCHES_AT_ONCE }, write));
  client.destroy();
}
