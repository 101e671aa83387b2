import {
  type AttributeValue,
  QueryCommand,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import {
  type AuditAction,
  auditFields,
  type FieldChanges,
  type MadeVersion,
} from '../../domain/audit-entry.ts';
import { sealOf } from '../../domain/audit-seal.ts';
import type { DaySpan } from '../../domain/day-spans.ts';
import type { Origin } from '../../domain/origin.ts';
import type { Pepper } from '../../domain/verifiers.ts';
import { requireEnv, VARIABLES } from '../../environment.ts';
import { BY_DAY } from '../../tables.ts';
import { dynamodb } from './client.ts';
import type { Item } from './item.ts';

/** An entry as it is stored, whoever has written it: its fields may be of any type. */
export interface StoredEntry {
  readonly keyId: string;
  /** Its place among the entries of its key. */
  readonly name: string;
  /** All attributes but the seal, in DynamoDB's notation. */
  readonly attributes: Item;
  readonly values: Readonly<Record<string, unknown>>;
  readonly mac: Uint8Array | undefined;
  /** The version of the pepper of its seal. */
  readonly pepper: string | undefined;
}

/** The place of an entry in its day. */
export interface DayPosition {
  readonly time: string;
  readonly keyId: string;
  readonly name: string;
}

export interface EntryPage<Position> {
  readonly entries: StoredEntry[];
  /** The position after which the next page begins; undefined: there is none. */
  readonly next: Position | undefined;
}

/**
 * Makes the audit entry of a change, to be written in the change's own transaction.
 * @param pepper seals the entry; undefined: the entry has no seal
 */
export function auditEntry(
  keyId: string,
  version: MadeVersion,
  action: AuditAction,
  changes: FieldChanges,
  origin: Origin,
  pepper: Pepper | undefined,
): TransactWriteItem {
  const attributes = marshall({
    ...auditFields(keyId, version, action, changes, origin),
    ...(pepper && { pepper: pepper.version }),
  });
  return {
    Put: {
      TableName: requireEnv(VARIABLES.auditTable),
      Item: pepper ? { ...attributes, mac: { B: sealOf(attributes, pepper) } } : attributes,
    },
  };
}

/**
 * Reads a page of a key's entries consistently, the newest first.
 * @param after the name of the entry after which the page begins
 * @throws Unavailable
 */
export async function readEntries(
  keyId: string,
  limit: number,
  after: string | undefined,
): Promise<EntryPage<string>> {
  const { Items = [], LastEvaluatedKey } = await dynamodb(
    new QueryCommand({
      TableName: requireEnv(VARIABLES.auditTable),
      KeyConditionExpression: 'key_id = :key',
      ExpressionAttributeValues: { ':key': { S: keyId } },
      ScanIndexForward: false,
      ConsistentRead: true,
      Limit: limit,
      ...(after !== undefined && {
        ExclusiveStartKey: { key_id: { S: keyId }, at: { S: after } },
      }),
    }),
  );
  return { entries: Items.map(fromItem), next: LastEvaluatedKey?.at?.S };
}

/**
 * Reads a page of the entries of all keys in a part of a day, the newest first. An entry that was
 * just written may be missing.
 * @param action leaves out entries of other actions, which DynamoDB reads nevertheless
 * @throws Unavailable
 */
export async function readDayEntries(
  { day, from, to }: DaySpan,
  action: AuditAction | undefined,
  limit: number,
  after: DayPosition | undefined,
): Promise<EntryPage<DayPosition>> {
  const { Items = [], LastEvaluatedKey } = await dynamodb(
    new QueryCommand({
      TableName: requireEnv(VARIABLES.auditTable),
      IndexName: BY_DAY.name,
      KeyConditionExpression: '#day = :day AND #time BETWEEN :from AND :to',
      ...(action !== undefined && { FilterExpression: '#action = :action' }),
      ExpressionAttributeNames: {
        '#day': BY_DAY.partitionKey,
        '#time': BY_DAY.sortKey,
        ...(action !== undefined && { '#action': 'action' }),
      },
      ExpressionAttributeValues: marshall({
        ':day': day,
        ':from': from,
        ':to': justBefore(to),
        ...(action !== undefined && { ':action': action }),
      }),
      ScanIndexForward: false,
      Limit: limit,
      ...(after && {
        ExclusiveStartKey: marshall({ day, time: after.time, key_id: after.keyId, at: after.name }),
      }),
    }),
  );
  return { entries: Items.map(fromItem), next: LastEvaluatedKey && positionFrom(LastEvaluatedKey) };
}

/** Returns the place of an entry in its day. */
export function dayPositionOf({ attributes }: StoredEntry): DayPosition {
  return positionFrom(attributes);
}

/** Returns the values of attributes; undefined where JavaScript can't hold one. */
function valuesOf(attributes: Item): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, attribute]) => [name, nativeValueOf(attribute)]),
  );
}

function nativeValueOf(attribute: AttributeValue): unknown {
  try {
    // Someone may have written a number that only a BigInt can hold, and JSON has none.
    return unmarshall({ attribute }, { wrapNumbers: Number }).attribute;
  } catch {
    return undefined;
  }
}

function fromItem({ mac, ...attributes }: Item): StoredEntry {
  return {
    keyId: attributes.key_id?.S ?? '',
    name: attributes.at?.S ?? '',
    attributes,
    values: valuesOf(attributes),
    mac: mac?.B,
    pepper: attributes.pepper?.S,
  };
}

function positionFrom({ time, key_id, at }: Item): DayPosition {
  return { time: time?.S ?? '', keyId: key_id?.S ?? '', name: at?.S ?? '' };
}

/** Returns the time a millisecond earlier, because BETWEEN includes both ends. */
function justBefore(time: string): string {
  return new Date(Date.parse(time) - 1).toISOString();
}
