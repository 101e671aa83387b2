import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type Item, toItem } from '../../lib/aws/dynamodb/item.ts';
import { newRecord } from '../../lib/domain/record.ts';
import { type IndexDefinition, LISTING, tables } from '../../lib/tables.ts';

/** DynamoDB bills this for each item and index entry beside its attributes. */
const OVERHEAD = 100;

/**
 * Returns the bytes that DynamoDB stores for a key: in the table, in all its indexes, and in one:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export function bytesOfKey(): Record<'table' | 'indexes' | 'listing', number> {
  const [keys] = tables;
  const item: Item = { ...typicalKey(), sealed_after: { N: '0' } };
  const entrySize = ({ partitionKey, sortKey, includes }: IndexDefinition) => {
    const projected = ['key_id', partitionKey, sortKey, ...includes];
    return sizeOf(Object.entries(item).filter(([name]) => projected.includes(name)));
  };
  return {
    table: sizeOf(Object.entries(item)),
    indexes: (keys?.indexes ?? []).reduce((sum, index) => sum + entrySize(index), 0),
    listing: entrySize(LISTING),
  };
}

function sizeOf(attributes: readonly [string, AttributeValue][]): number {
  return attributes.reduce((sum, [name, value]) => sum + name.length + valueSize(value), OVERHEAD);
}

function valueSize({ S, N, B, L }: AttributeValue): number {
  if (S !== undefined) return Buffer.byteLength(S);
  if (N !== undefined) return Math.ceil(N.length / 2) + 1;
  if (B !== undefined) return B.length;
  if (L !== undefined) return L.reduce((sum, one) => sum + valueSize(one) + 1, 3);
  return 1;
}

/** Returns a key with two scopes and an allowlist, in use this hour and month. */
function typicalKey(): Item {
  const record = newRecord(
    { key_id: 'fb97fb21-91e2-5774-8ea5-f28e4b22a371', key_prefix: 'hk_live_abc' },
    {
      name: 'the backend of a customer',
      user_id: 'customer-0123456789',
      service_id: 'prediction',
      environment: 'production',
      scopes: ['read', 'predict'],
      rate_limit_per_hour: 1_000,
      monthly_prediction_limit: 100_000,
      overage_allowed: false,
      billing_plan: 'free',
      use_case: null,
      allowed_ips: ['192.0.2.0/24'],
      expires_in_days: 365,
    },
    new Date(0),
  );
  const hash = `$2b$12$${'.'.repeat(53)}`;
  const verifiers = { hash, digest: new Uint8Array(32), pepper: record.key_id };
  const used = { requests_1970010100: { N: '1000' }, predictions_197001: { N: '10000' } };
  return { ...toItem({ ...record, last_used_at: record.created_at }, verifiers), ...used };
}
