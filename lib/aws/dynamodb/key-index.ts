import { QueryCommand } from '@aws-sdk/client-dynamodb';
import {
  type FilteredFields,
  type KeyFilter,
  type Position,
  placeOf,
} from '../../domain/key-filter.ts';
import { BY_PREFIX, BY_USER, type IndexDefinition, LISTING } from '../../tables.ts';
import { dynamodb } from './client.ts';
import { PARTITIONS, recordFrom } from './item.ts';
import { keysTable } from './keys.ts';

/** The size of a query whose entries a filter selects from. */
const QUERY_SIZE = 1000;

/** A part of an index, which is sorted by `created_at`. */
interface Partition {
  readonly index: IndexDefinition;
  readonly name: string;
}

export type Entry = Position & FilteredFields;
export type Read =
  | { readonly kind: 'entry'; readonly entry: Entry }
  /** Reading stops before the end of the index. */
  | { readonly kind: 'out_of_time' };

/**
 * Reads the index entries that may match, newest first, as they are asked for.
 * @param limit the number of matching entries that are wanted
 * @param hasTime whether another query may start; each partition gets at least one
 * @throws Unavailable
 */
export function readIndex(
  filter: KeyFilter,
  limit: number,
  after: Position | undefined,
  hasTime: () => boolean,
): AsyncGenerator<Read, void> {
  const partitions = partitionsOf(filter);
  const selects = Object.entries(filter).some(
    ([field, wanted]) =>
      wanted !== undefined && wanted !== false && field !== partitions[0]?.index.partitionKey,
  );
  // One more than the page, to find out whether there is another page.
  const size = selects ? QUERY_SIZE : limit + 1;
  return merge(partitions.map((partition) => readPartition(partition, after, size, hasTime)));
}

/** Returns the smallest part of an index that has every key that may match. */
function partitionsOf({
  key_prefix,
  user_id,
  active_only,
  rotation_due,
}: KeyFilter): readonly Partition[] {
  if (key_prefix !== undefined) return [{ index: BY_PREFIX, name: key_prefix }];
  if (user_id !== undefined) return [{ index: BY_USER, name: user_id }];
  const names = active_only || rotation_due ? [PARTITIONS.unrevoked] : Object.values(PARTITIONS);
  return names.map((name) => ({ index: LISTING, name }));
}

/** Merges sources sorted newest first into one sequence in the same order. */
async function* merge(sources: AsyncGenerator<Read, void>[]): AsyncGenerator<Read, void> {
  const heads = await Promise.all(
    sources.map(async (source) => ({ source, result: await source.next() })),
  );
  while (true) {
    const open = heads.flatMap((head) =>
      head.result.done ? [] : [{ head, read: head.result.value }],
    );
    const [newest] = open.sort((a, b) => byAge(a.read, b.read));
    if (!newest) return;
    yield newest.read;
    newest.head.result = await newest.head.source.next();
  }
}

/** Orders entries like the index, newest first; a source that is out of time comes before any. */
function byAge(a: Read, b: Read): number {
  if (a.kind === 'out_of_time') return -1;
  if (b.kind === 'out_of_time') return 1;
  return placeOf(a.entry) > placeOf(b.entry) ? -1 : 1;
}

async function* readPartition(
  partition: Partition,
  after: Position | undefined,
  size: number,
  hasTime: () => boolean,
): AsyncGenerator<Read, void> {
  let position = after;
  do {
    const { Items = [], LastEvaluatedKey } = await queryIndex(partition, position, size);
    for (const item of Items) yield { kind: 'entry', entry: recordFrom(item) };
    position = LastEvaluatedKey && recordFrom(LastEvaluatedKey);
    if (position && !hasTime()) yield { kind: 'out_of_time' };
  } while (position);
}

function queryIndex({ index, name }: Partition, after: Position | undefined, size: number) {
  return dynamodb(
    new QueryCommand({
      TableName: keysTable(),
      IndexName: index.name,
      KeyConditionExpression: `${index.partitionKey} = :partition`,
      ExpressionAttributeValues: { ':partition': { S: name } },
      ScanIndexForward: false,
      Limit: size,
      ...(after && {
        // The cursor's key may be in another partition: DynamoDB continues from its place in this.
        ExclusiveStartKey: {
          [index.partitionKey]: { S: name },
          created_at: { S: after.created_at },
          key_id: { S: after.key_id },
        },
      }),
    }),
  );
}
