import { type TransactWriteItem, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { isRevoked, type KeyConfiguration, type KeyRecord } from '../domain/record.ts';
import type { Verifiers } from '../domain/verifiers.ts';
import { auditEntry, type Origin } from './audit.ts';
import { dynamodb, failedConditions } from './dynamodb.ts';
import { type Item, recordFrom, toAttributes, toItem } from './item.ts';
import { keysTable } from './keys.ts';

/** A new key's record with what proves it. */
export interface NewKey {
  readonly record: KeyRecord;
  readonly verifiers: Verifiers;
}

export type ChangeOutcome = 'done' | 'not_found' | 'revoked';

/** The configuration fields a PATCH may change; `expires_at` moves with `expires_in_days`. */
export type KeyChanges = Partial<
  Omit<KeyConfiguration, 'user_id' | 'service_id' | 'environment'> & Pick<KeyRecord, 'expires_at'>
>;

/**
 * Stores a new key.
 * @returns false when its key_id is taken, which is one chance in 10^12 and more: draw again
 * @throws Unavailable
 */
export async function createKey(key: NewKey, origin: Origin): Promise<boolean> {
  return (await transact(creation(key, origin))) === undefined;
}

/**
 * Revokes `old` and stores its successor, both or neither.
 * @param graceEndsAt until when `old` stays valid; undefined: it is revoked now
 * @returns false when `old` is no longer as it was read, or the successor's key_id is taken
 * @throws Unavailable
 */
export async function replaceKey(
  old: KeyRecord,
  successor: NewKey,
  graceEndsAt: Date | undefined,
  origin: Origin,
): Promise<boolean> {
  const change = {
    rotated_to: successor.record.key_id,
    ...(graceEndsAt
      ? { grace_ends_at: graceEndsAt.toISOString() }
      : { revoked_at: origin.now.toISOString() }),
  };
  const failure = await transact([
    update(old.key_id, change, 'version = :seen', { ':seen': old.version }),
    auditEntry(old.key_id, 'rotate', change, origin),
    ...creation(successor, origin),
  ]);
  return failure === undefined;
}

/**
 * Revokes a key for good from now on, also one that has a grace period left. Needs no read before
 * it, so nothing that happens meanwhile can get in its way.
 * @throws Unavailable
 */
export function revokeKey(keyId: string, origin: Origin): Promise<ChangeOutcome> {
  return changeUnrevoked(keyId, 'revoke', { revoked_at: origin.now.toISOString() }, origin);
}

/**
 * Changes a key's configuration; a null field is removed.
 * @throws Unavailable
 */
export function updateKey(
  keyId: string,
  changes: KeyChanges,
  origin: Origin,
): Promise<ChangeOutcome> {
  return changeUnrevoked(keyId, 'update', changes, origin);
}

async function changeUnrevoked(
  keyId: string,
  action: 'revoke' | 'update',
  fields: object,
  origin: Origin,
): Promise<ChangeOutcome> {
  const failure = await transact([
    update(
      keyId,
      fields,
      'attribute_exists(key_id) AND attribute_not_exists(revoked_at) AND (attribute_not_exists(grace_ends_at) OR grace_ends_at > :now)',
      { ':now': origin.now.toISOString() },
    ),
    auditEntry(keyId, action, fields, origin),
  ]);
  if (!failure) return 'done';
  const [item] = failure;
  return item && isRevoked(recordFrom(item), origin.now) ? 'revoked' : 'not_found';
}

function creation({ record, verifiers }: NewKey, origin: Origin): TransactWriteItem[] {
  const { key_id, version: _, last_used_at: __, ...detail } = record;
  return [
    {
      Put: {
        TableName: keysTable(),
        Item: toItem(record, verifiers),
        ConditionExpression: 'attribute_not_exists(key_id)',
      },
    },
    auditEntry(key_id, 'create', detail, origin),
  ];
}

/** Sets the fields, removes those that are null, and adds 1 to the version. */
function update(
  keyId: string,
  fields: object,
  condition: string,
  conditionValues: object,
): TransactWriteItem {
  const names = Object.keys(fields);
  const attributes = toAttributes(fields);
  const set = names.filter((name) => name in attributes);
  const removed = names.filter((name) => !(name in attributes));
  const clauses = [
    set.length > 0 && `SET ${set.map((name) => `#${name} = :${name}`).join(', ')}`,
    removed.length > 0 && `REMOVE ${removed.map((name) => `#${name}`).join(', ')}`,
    'ADD version :one',
  ];
  return {
    Update: {
      TableName: keysTable(),
      Key: { key_id: { S: keyId } },
      UpdateExpression: clauses.filter(Boolean).join(' '),
      ConditionExpression: condition,
      ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: {
        ...Object.fromEntries(set.map((name) => [`:${name}`, attributes[name]])),
        ...toAttributes({ ...conditionValues, ':one': 1 }),
      } as Item,
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    },
  };
}

/** @returns undefined when it was done, else per write the item as it is, of those whose condition failed */
async function transact(writes: TransactWriteItem[]): Promise<(Item | undefined)[] | undefined> {
  try {
    await dynamodb(new TransactWriteItemsCommand({ TransactItems: writes }));
    return undefined;
  } catch (error) {
    return failedConditions(error).map((reason) => reason.Item);
  }
}
