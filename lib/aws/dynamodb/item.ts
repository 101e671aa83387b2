import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { type Counters, isCounter } from '../../domain/limits.ts';
import type { KeyRecord } from '../../domain/record.ts';
import type { Verifiers } from '../../domain/verifiers.ts';
import { LISTING } from '../../tables.ts';

export type Item = Record<string, AttributeValue>;

/** A key as the table holds it. */
export interface StoredKey {
  readonly record: KeyRecord;
  readonly verifiers: Verifiers;
  readonly counters: Counters;
  /** The key that this one was rotated from, while what that one has counted is still to be taken over. */
  readonly inheritsFrom: string | undefined;
}

/** There until a rotated key's successor has taken over its counters. */
export const INHERITS = 'inherits_from';

/**
 * The listing index's partitions. A revocation moves its key to the second, so that listing what is in use does
 * not read what was revoked. The first also holds keys that expired, whose grace period ended, or that were
 * revoked by a version before this one.
 */
export const PARTITIONS = { unrevoked: 'key', revoked: 'revoked' } as const;
export type Partition = (typeof PARTITIONS)[keyof typeof PARTITIONS];

/** What a record says when its item says nothing: null is not stored, as an item's size is what a validation costs. */
const ABSENT = {
  monthly_prediction_limit: null,
  allowed_ips: null,
  expires_in_days: null,
  expires_at: null,
  last_used_at: null,
  rotated_from: null,
  rotated_to: null,
  revoked_at: null,
  grace_ends_at: null,
} as const satisfies Partial<KeyRecord>;

export function toItem(record: KeyRecord, verifiers: Verifiers): Item {
  const partition = record.revoked_at === null ? PARTITIONS.unrevoked : PARTITIONS.revoked;
  return toAttributes({ ...record, ...verifiers, [LISTING.partitionKey]: partition });
}

/** Attributes for the fields that have a value. */
export function toAttributes(fields: object): Item {
  const present = Object.entries(fields).filter(([, value]) => value !== null);
  return marshall(Object.fromEntries(present));
}

/** Only {@link toItem} and changes to it write this table, so what is read has their shape. */
export function fromItem(item: Item): StoredKey {
  const {
    hash,
    digest,
    pepper,
    [LISTING.partitionKey]: _,
    [INHERITS]: inheritsFrom,
    ...fields
  } = unmarshall(item);
  const known = Object.entries(fields).filter(([name]) => !isCounter(name));
  return {
    record: { ...ABSENT, ...Object.fromEntries(known) } as KeyRecord,
    verifiers: { hash, digest, pepper },
    counters: countersFrom(item),
    inheritsFrom,
  };
}

/** The record alone, also of an index entry, which has no verifiers. */
export function recordFrom(item: Item): KeyRecord {
  return fromItem(item).record;
}

export function countersFrom(item: Item): Counters {
  const counted = Object.entries(item).filter(([name]) => isCounter(name));
  return Object.fromEntries(counted.map(([name, value]) => [name, Number(value.N)]));
}
