import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { LeaseMarks } from '../../domain/lease.ts';
import { type Counters, isCounter } from '../../domain/limits.ts';
import type { KeyRecord } from '../../domain/record.ts';
import type { AddressTimes } from '../../domain/used-from.ts';
import type { Verifiers } from '../../domain/verifiers.ts';
import { LISTING } from '../../tables.ts';
import { addressTimesFrom, isAddressMark } from './address-marks.ts';

export type Item = Record<string, AttributeValue>;

/** A key as it is stored. */
export interface StoredKey {
  readonly record: KeyRecord;
  readonly verifiers: Verifiers;
  readonly counters: Counters;
  /** The key that this one was rotated from, until this one has taken over its counters. */
  readonly inheritsFrom: string | undefined;
  readonly leases: LeaseMarks;
  /** The first version whose audit entry has a seal; undefined: all are older than seals. */
  readonly sealedFrom: number | undefined;
  /** The addresses that the key was used from in its grace period. */
  readonly usedFrom: AddressTimes;
}

/** The attribute of a successor that has not taken over its predecessor's counters yet. */
export const INHERITS = 'inherits_from';

/**
 * The attribute with the last version whose audit entry has no seal, because it is older than seals.
 * Without it, all entries are.
 */
export const SEALED_AFTER = 'sealed_after';

/** The attributes of {@link LeaseMarks}. */
export const LEASES = { lengths: 'lease_ms', granted: 'leases', ended: 'leases_ended' } as const;

/**
 * The partitions of the listing index. A revocation moves its key to the second, so that a listing
 * of the keys in use does not read the revoked ones. The first also holds keys that have expired,
 * whose grace period has ended, or that were revoked by a version which had only one partition.
 */
export const PARTITIONS = { unrevoked: 'key', revoked: 'revoked' } as const;
export type Partition = (typeof PARTITIONS)[keyof typeof PARTITIONS];

type NullableField = {
  [field in keyof KeyRecord]: null extends KeyRecord[field] ? field : never;
}[keyof KeyRecord];

/**
 * Fields that are not stored while they are null: a validation's cost depends on the item's size.
 */
const ABSENT: Record<NullableField, null> = {
  monthly_prediction_limit: null,
  allowed_ips: null,
  expires_in_days: null,
  expires_at: null,
  last_used_at: null,
  rotated_from: null,
  rotated_to: null,
  revoked_at: null,
  suspended_at: null,
  use_case: null,
  grace_ends_at: null,
};

/** Converts a new key to its item. */
export function toItem(record: KeyRecord, verifiers: Verifiers): Item {
  const partition = record.revoked_at === null ? PARTITIONS.unrevoked : PARTITIONS.revoked;
  return toAttributes({ ...record, ...verifiers, [LISTING.partitionKey]: partition });
}

/** Converts fields to attributes, without those that are null. */
export function toAttributes(fields: object): Item {
  const present = Object.entries(fields).filter(([, value]) => value !== null);
  return marshall(Object.fromEntries(present));
}

/** Converts an item. Only this service writes the table, so its items are not checked again. */
export function fromItem(item: Item): StoredKey {
  const {
    hash,
    digest,
    pepper,
    [LISTING.partitionKey]: _,
    [INHERITS]: inheritsFrom,
    [SEALED_AFTER]: sealedAfter,
    [LEASES.lengths]: lengths = [],
    [LEASES.granted]: granted = 0,
    [LEASES.ended]: ended = 0,
    ...fields
  } = unmarshall(item);
  const recordFields = Object.entries(fields).filter(
    ([name]) => !isCounter(name) && !isAddressMark(name),
  );
  return {
    record: { ...ABSENT, ...Object.fromEntries(recordFields) } as KeyRecord,
    verifiers: { hash, digest, pepper },
    counters: countersFrom(item),
    inheritsFrom,
    sealedFrom: sealedAfter === undefined ? undefined : sealedAfter + 1,
    leases: { lengths: [...lengths], granted, ended },
    usedFrom: addressTimesFrom(item),
  };
}

/** Returns the record of an item, or of an index entry, which has no verifiers. */
export function recordFrom(item: Item): KeyRecord {
  return fromItem(item).record;
}

/** Returns the counters among an item's attributes. */
export function countersFrom(item: Item): Counters {
  const counted = Object.entries(item).filter(([name]) => isCounter(name));
  return Object.fromEntries(counted.map(([name, value]) => [name, Number(value.N)]));
}
