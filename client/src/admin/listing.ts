import type { Reply } from './call.ts';

/** A page of a list. */
export interface Page<Body, Item> {
  readonly items: readonly Item[];
  /** The whole answer, of which the elements are a part. */
  readonly body: Body;
  /** Continues the list after this page, if there is more: pass it as `cursor`. */
  readonly cursor: string | undefined;
}

/** A list of several pages. Iterating fetches each page when its first element is needed. */
export interface Listing<Body, Item> extends AsyncIterable<Item> {
  /** Returns the pages; a page may be empty and still have a next one. */
  pages(): AsyncIterable<Page<Body, Item>>;
}

/**
 * Makes a list.
 * @param fetchPage fetches the page of a query
 * @param itemsOf returns the elements of a page
 */
export function createListing<Body, Item>(
  query: object,
  fetchPage: (query: object) => Promise<Reply<Body>>,
  itemsOf: (body: Body) => readonly Item[],
): Listing<Body, Item> {
  return listingOf(async function* () {
    for (let at: object | undefined = query; at; ) {
      const { body, next }: Reply<Body> = await fetchPage(at);
      yield { items: itemsOf(body), body, cursor: next?.get('cursor') ?? undefined };
      at = next;
    }
  });
}

/** Returns a list with its pages changed. */
export function mapPages<From, To, Item>(
  listing: Listing<From, unknown>,
  change: (body: From) => To,
  itemsOf: (body: To) => readonly Item[],
): Listing<To, Item> {
  return listingOf(async function* () {
    for await (const { body: before, cursor } of listing.pages()) {
      const body = change(before);
      yield { items: itemsOf(body), body, cursor };
    }
  });
}

function listingOf<Body, Item>(pages: () => AsyncIterable<Page<Body, Item>>): Listing<Body, Item> {
  return {
    pages,
    async *[Symbol.asyncIterator]() {
      for await (const { items } of pages()) yield* items;
    },
  };
}
