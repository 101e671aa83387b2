import { randomUUID } from 'node:crypto';
import { type TransactWriteItem, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { isRevoked, type KeyConfiguration, type KeyRecord } from '../../domain/record.ts';
import type { Verifiers } from '../../domain/verifiers.ts';
import { LISTING } from '../../tables.ts';
import { auditEntry, type Origin } from './audit.ts';
import { dynamodb, failedConditions, INSIST } from './client.ts';
import { INHERITS, type Item, PARTITIONS, recordFrom, toAttributes, toItem } from './item.ts';
import { keysTable, readKey } from './keys.ts';

const UNREVOKED = 'attribute_exists(key_id) AND attribute_not_exists(revoked_at)';

/** Ends before the request has to be answered. */
const LAST_LOOK_MS = 500;

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
  return issue(key, creation(key, origin));
}

/**
 * Revokes `old` and stores its successor, both or neither. From then on `old` counts no more: its successor
 * takes over what it has counted before it counts anything itself.
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
  const rotation = {
    rotated_to: successor.record.key_id,
    ...(graceEndsAt
      ? { grace_ends_at: graceEndsAt.toISOString() }
      : { revoked_at: origin.now.toISOString() }),
  };
  return issue(successor, [
    update(old.key_id, rotation, 'version = :seen', { ':seen': old.version }),
    auditEntry(old.key_id, 'rotate', rotation, origin),
    ...creation(successor, origin),
  ]);
}

/**
 * Makes the writes that bring `key` into being. When the answer is lost they may have been made all
 * the same, and nobody would ever have the key's text: so the store is asked once more.
 */
async function issue({ record }: NewKey, writes: TransactWriteItem[]): Promise<boolean> {
  try {
    return (await transact(writes)) === undefined;
  } catch (error) {
    const stored = await readKey(record.key_id, AbortSignal.timeout(LAST_LOOK_MS)).catch(() => {
      throw error;
    });
    if (stored) return true;
    throw error;
  }
}

/**
 * Revokes a key for good from now on, also one that has a grace period left. Needs no read before
 * it, so nothing that happens meanwhile can get in its way.
 * @throws Unavailable
 */
export function revokeKey(keyId: string, origin: Origin): Promise<ChangeOutcome> {
  const now = origin.now.toISOString();
  return change(keyId, 'revoke', { revoked_at: now }, UNREVOKED, {}, origin);
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
  const now = origin.now.toISOString();
  const condition = `${UNREVOKED} AND (attribute_not_exists(grace_ends_at) OR grace_ends_at > :now)`;
  return change(keyId, 'update', changes, condition, { ':now': now }, origin);
}

async function change(
  keyId: string,
  action: 'revoke' | 'update',
  fields: object,
  condition: string,
  conditionValues: object,
  origin: Origin,
): Promise<ChangeOutcome> {
  const failure = await transact([
    update(keyId, fields, condition, conditionValues),
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
        Item: {
          ...toItem(record, verifiers),
          ...toAttributes({ [INHERITS]: record.rotated_from }),
        },
        ConditionExpression: 'attribute_not_exists(key_id)',
      },
    },
    auditEntry(key_id, 'create', detail, origin),
  ];
}

/**
 * Sets the fields, removes those that are null, and adds 1 to the version. A revocation also moves the key to
 * the other partition of the listing index.
 */
function update(
  keyId: string,
  changes: object,
  condition: string,
  conditionValues: object,
): TransactWriteItem {
  const fields =
    'revoked_at' in changes ? { ...changes, [LISTING.partitionKey]: PARTITIONS.revoked } : changes;
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
    // With one token for all attempts: one that was carried out, and of which the answer was lost, is not refused.
    const command = new TransactWriteItemsCommand({
      TransactItems: writes,
      ClientRequestToken: randomUUID(),
    });
    await dynamodb(command, { retry: INSIST });
    return undefined;
  } catch (error) {
    return failedConditions(error).map((reason) => reason.Item);
  }
}
