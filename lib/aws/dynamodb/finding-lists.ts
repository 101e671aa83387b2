import { QueryCommand, type QueryCommandOutput } from '@aws-sdk/client-dynamodb';
import { type Position, placeOf } from '../../domain/key-filter.ts';
import type { KeyCheck } from '../../domain/posture.ts';
import type { PageFindings, UnusedKey } from '../../domain/posture-summary.ts';
import { dynamodb } from './client.ts';
import type { Item } from './item.ts';
import { positionFrom, securityTable } from './security-items.ts';

/**
 * A chunk is the part of a list of keys that one page of the run has found. Its sort key is the
 * place of its oldest key, so that the chunks of a list sort like the listing and a page of any
 * size can continue from any key. Its keys are one text of up to 90 KB, because a list of attributes
 * takes many times as long to convert.
 */
interface Chunk {
  readonly pk: string;
  readonly sk: string;
  readonly keys: string;
}

const UNUSED = 'unused';
/** A chunk may have enough keys for a page, and 90 KB that a query pays for. */
const CHUNKS_PER_QUERY = 2;

/** Returns the chunks of a page of the run `as_of`. */
export function chunksOf(as_of: string, { found, unused }: PageFindings): Chunk[] {
  return [
    ...Object.entries(found).flatMap(([check, keys]) =>
      chunk(listOf(as_of, check), keys.map(placeOf)),
    ),
    ...chunk(
      listOf(as_of, UNUSED),
      unused.map((key) => `${placeOf(key)} ${key.since}`),
    ),
  ];
}

function chunk(pk: string, lines: string[]): Chunk[] {
  // The index does not promise an order among keys of the same millisecond.
  const sorted = [...lines].sort().reverse();
  const oldest = sorted.at(-1);
  if (oldest === undefined) return [];
  return [{ pk, sk: placeOf(positionFrom(oldest)), keys: sorted.join('\n') }];
}

function listOf(as_of: string, list: string): string {
  return `${list}#${as_of}`;
}

/**
 * Reads the keys that a snapshot lists under a check, newest first, as they are asked for.
 * @throws Unavailable
 */
export async function* readFound(
  as_of: string,
  check: KeyCheck,
  after: Position | undefined,
): AsyncGenerator<Position, void> {
  for await (const line of readLines(listOf(as_of, check), after)) yield positionFrom(line);
}

/**
 * Reads the keys that had not been used for a day or more at the time of a snapshot.
 * @throws Unavailable
 */
export async function* readUnused(
  as_of: string,
  after: Position | undefined,
): AsyncGenerator<UnusedKey, void> {
  for await (const line of readLines(listOf(as_of, UNUSED), after)) {
    const [created_at = '', key_id = '', since = ''] = line.split(' ');
    yield { created_at, key_id, since };
  }
}

async function* readLines(pk: string, after: Position | undefined): AsyncGenerator<string, void> {
  for await (const { keys } of readList(pk, after, CHUNKS_PER_QUERY)) {
    for (const line of keys?.S?.split('\n') ?? []) {
      // A space follows the place of an unused key, and it sorts after the place alone.
      if (!after || line < placeOf(after)) yield line;
    }
  }
}

/**
 * Reads the items of a list after a position, newest first.
 * @param size the most items of a query; undefined: as many as it can return
 */
export async function* readList(
  pk: string,
  after: Position | undefined,
  size?: number,
): AsyncGenerator<Item, void> {
  let next: Item | undefined;
  do {
    const page: QueryCommandOutput = await dynamodb(
      new QueryCommand({
        TableName: securityTable(),
        KeyConditionExpression: after ? 'pk = :pk AND sk < :after' : 'pk = :pk',
        ExpressionAttributeValues: {
          ':pk': { S: pk },
          ...(after && { ':after': { S: placeOf(after) } }),
        },
        ScanIndexForward: false,
        ConsistentRead: true,
        Limit: size,
        ExclusiveStartKey: next,
      }),
    );
    yield* page.Items ?? [];
    next = page.LastEvaluatedKey;
  } while (next);
}
