import { beforeAll, expect, test } from '@jest/globals';
import type { Item } from '../../../lib/aws/dynamodb/item.ts';
import type { everyKey, listKeys } from '../../../lib/aws/dynamodb/listing.ts';
import { maskKey } from '../../../lib/domain/key.ts';
import type { KeyFilter, Position } from '../../../lib/domain/key-filter.ts';
import type { KeyRecord } from '../../../lib/domain/record.ts';
import { keyNumber, seededItem } from '../../bench/keys.ts';
import { NOW, useService } from '../../support/service.ts';

const PEPPER = { version: 'none', value: 'none' };
/** More than a page of 1,000, of which every second is of the test environment. */
const REVOKED = 1500;

const service = useService();
const listing = {} as { everyKey: typeof everyKey; listKeys: typeof listKeys };
/** The key_ids in the order of the listing. */
let inOrder: { all: string[]; inUse: string[]; ofTest: string[] };

/** Key number `i`, all of the same 100 ms, so that many share their millisecond. */
function item(i: number, fields: object, kind?: string): Item {
  const created_at = new Date(NOW.getTime() - 100_000_000 + (i % 100)).toISOString();
  return {
    ...seededItem(i, PEPPER, { created_at, ...fields }),
    ...(kind && { kind: { S: kind } }),
  };
}

beforeAll(async () => {
  Object.assign(listing, await import('../../../lib/aws/dynamodb/listing.ts'));
  const past = NOW.toISOString();
  const revoked = Array.from({ length: REVOKED }, (_, i) =>
    item(i, { revoked_at: past, environment: i % 2 === 0 ? 'production' : 'test' }),
  );
  // As versions before this one left them: in the partition of the unrevoked.
  const revokedBefore = [5000, 5001, 5002].map((i) => item(i, { revoked_at: past }, 'key'));
  const expired = [6000, 6001].map((i) => item(i, { expires_at: past }));
  const inUse = [7000, 7001, 7002, 7003].map((i) => item(i, { service_id: 'website' }));
  await service.put(...revoked, ...revokedBefore, ...expired, ...inUse);
  const ordered = (items: Item[]) =>
    items
      .map(({ created_at, key_id }) => `${created_at?.S} ${key_id?.S}`)
      .sort()
      .reverse()
      .map((place) => place.slice(place.indexOf(' ') + 1));
  inOrder = {
    all: ordered([...revoked, ...revokedBefore, ...expired, ...inUse]),
    inUse: ordered(inUse),
    ofTest: ordered(revoked.filter((_, i) => i % 2 === 1)),
  };
});

const idsOf = (records: { key_id: string }[]) => records.map(({ key_id }) => key_id);

/** Follows the pages to the end, each with a budget of its own. */
async function pagesOf(filter: KeyFilter, limit: number, indexBudgetMs?: number) {
  const pages: KeyRecord[][] = [];
  let after: Position | undefined;
  do {
    const { keys, next } = await listing.listKeys(filter, limit, after, NOW, indexBudgetMs);
    pages.push(keys.map(({ record }) => record));
    after = next;
  } while (after);
  return pages;
}

test('a listing of keys in use does not read revoked ones', async () => {
  service.dynamodb.actions.length = 0;
  const answer = await service.call('GET', '/api/v1/keys?active_only=true');
  expect(answer.status).toBe(200);
  expect(idsOf(answer.body)).toEqual(inOrder.inUse);
  expect(answer.headers).not.toHaveProperty('link');
  expect(service.dynamodb.actions).toEqual(['Query', 'BatchGetItem']);
});

test.each([1000, 250])(
  'an unfiltered listing merges both partitions, newest first, %d at a time',
  async (limit) => {
    const pages = await pagesOf({}, limit);
    expect(idsOf(pages.flat())).toEqual(inOrder.all);
    expect(pages.slice(0, -1).every(({ length }) => length === limit)).toBe(true);
  },
);

test('a page that runs out of time is short, and its cursor leads to the rest', async () => {
  const none = await pagesOf({ service_id: 'no such service' }, 1000, 0);
  expect(none).toEqual([[], []]);
  const pages = await pagesOf({ environment: 'test' }, 1000, 0);
  expect(pages).toHaveLength(2);
  expect(pages.every(({ length }) => length < 1000)).toBe(true);
  expect(idsOf(pages.flat())).toEqual(inOrder.ofTest);
});

test('a page with time left is as full as its filter allows', async () => {
  const pages = await pagesOf({ service_id: 'website' }, 3, 60_000);
  expect(pages.map(idsOf)).toEqual([inOrder.inUse.slice(0, 3), inOrder.inUse.slice(3)]);
});

test('every key is read, page by page', async () => {
  const ids: string[] = [];
  for await (const { key_id } of listing.everyKey({}, NOW)) ids.push(key_id);
  expect(ids).toEqual(inOrder.all);
});

const key_prefix = maskKey(keyNumber(9001));

test.each<[string, KeyFilter, string, number[]]>([
  ['an owner', { user_id: 'someone' }, 'by_user', [9000, 9001, 9002, 9003]],
  ['an owner and a name', { user_id: 'someone', name: 'NUMBER 9003' }, 'by_user', [9003]],
  ['a prefix', { key_prefix }, 'by_prefix', [9001]],
  ['a prefix and an owner', { key_prefix, user_id: 'someone' }, 'by_prefix', [9001]],
  ['a prefix and another owner', { key_prefix, user_id: 'else' }, 'by_prefix', []],
])('a listing by %s reads only its partition of the index', async (_, filter, index, numbers) => {
  const past = NOW.toISOString();
  const states = [{}, { revoked_at: past }, { suspended_at: past }, { expires_at: past }];
  await service.put(...states.map((state, i) => item(9000 + i, { user_id: 'someone', ...state })));
  service.dynamodb.inputs.length = 0;
  const pages = await pagesOf(filter, 3);
  const expected = numbers.map((i) => keyNumber(i).keyId);
  expect(idsOf(pages.flat()).sort()).toEqual(expected.sort());
  const queries = service.dynamodb.inputs.filter(({ action }) => action === 'Query');
  expect(queries.map(({ input }) => JSON.parse(input).IndexName)).toEqual(pages.map(() => index));
});
