import { randomUUID } from 'node:crypto';
import { GetItemCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { Position } from '../../domain/key-filter.ts';
import type { PageFindings, Summary } from '../../domain/posture-summary.ts';
import { dynamodb, failedConditions } from './client.ts';
import { chunksOf } from './finding-lists.ts';
import { BACKGROUND_RETRY } from './retry.ts';
import { deleteAfter, securityTable } from './security-items.ts';

/** What a run has found about all keys at its time, `as_of`, which also names its lists of keys. */
export interface Snapshot {
  readonly as_of: string;
  readonly summary: Summary;
}

/** A run that has assessed some pages. */
export interface Progress extends Snapshot {
  readonly pages: number;
  /** The position after which the next page begins; undefined after the last page. */
  readonly after: Position | undefined;
}

/** Paging through the lists of a snapshot must end within this time. */
export const KEPT_DAYS = 3;

/** The newest complete snapshot, and the run that makes the next. */
const SNAPSHOT = { pk: 'snapshot', sk: 'complete' };
const PROGRESS = { pk: 'snapshot', sk: 'progress' };

/**
 * Reads the newest complete snapshot; undefined if there is none whose lists still exist.
 * @throws Unavailable
 */
export async function readSnapshot(now: Date): Promise<Snapshot | undefined> {
  const item = await read(SNAPSHOT);
  return item && item.delete_after * 1000 > now.getTime() ? (item as Snapshot) : undefined;
}

/** @throws Unavailable */
export async function readProgress(): Promise<Progress | undefined> {
  return (await read(PROGRESS)) as Progress | undefined;
}

/** Reads an item that {@link savePage} has written, so its fields are not checked again. */
async function read(key: object) {
  const { Item } = await dynamodb(
    new GetItemCommand({ TableName: securityTable(), Key: marshall(key), ConsistentRead: true }),
  );
  return Item && unmarshall(Item);
}

/**
 * Writes a page's lists together with the progress up to it and, after the last page, the snapshot.
 * @param before the progress up to the page before, as it was read or written
 * @returns `overtaken`, and nothing is written, if another process has made progress since then
 * @throws Unavailable
 */
export async function savePage(
  before: Progress | undefined,
  progress: Progress,
  findings: PageFindings,
): Promise<'saved' | 'overtaken'> {
  const TableName = securityTable();
  const ttl = deleteAfter(new Date(progress.as_of), KEPT_DAYS);
  const { as_of, summary } = progress;
  const items = [
    ...chunksOf(as_of, findings),
    ...(progress.after ? [] : [{ ...SNAPSHOT, as_of, summary }]),
  ];
  const checkpoint = marshall(
    { ...PROGRESS, ...progress, ...ttl },
    { removeUndefinedValues: true },
  );
  const command = new TransactWriteItemsCommand({
    ClientRequestToken: randomUUID(),
    TransactItems: [
      { Put: { TableName, Item: checkpoint, ...unchangedSince(before) } },
      ...items.map((item) => ({ Put: { TableName, Item: marshall({ ...item, ...ttl }) } })),
    ],
  });
  try {
    await dynamodb(command, { retry: BACKGROUND_RETRY });
    return 'saved';
  } catch (error) {
    failedConditions(error);
    return 'overtaken';
  }
}

/** Returns the condition that the stored progress is still this one. */
function unchangedSince(before: Progress | undefined) {
  if (!before) return { ConditionExpression: 'attribute_not_exists(pk)' };
  return {
    ConditionExpression: 'as_of = :as_of AND pages = :pages',
    ExpressionAttributeValues: marshall({ ':as_of': before.as_of, ':pages': before.pages }),
  };
}
