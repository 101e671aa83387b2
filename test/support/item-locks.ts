/** The time for which a transaction locks its items. */
const HELD_MS = 10;

/**
 * The time after a plain write in which a transaction on its item is rejected. DynamoDB rejects a
 * transaction whose timestamp, given by its coordinator, is older than the item's last write
 * (Idziorek and others, "Distributed Transactions at Scale in Amazon DynamoDB", USENIX ATC 2023,
 * section 3.2).
 */
const YOUNGER_MS = 1;

interface Write {
  TableName: string;
  Key?: object;
  Item?: Record<string, unknown>;
}

/**
 * Creates the locks that DynamoDB holds on the items of a transaction, and the embedded database
 * does not.
 * @returns a function that takes the locks of a write, or returns DynamoDB's error for a conflict
 */
export function createItemLocks(): (input: string) => string | undefined {
  const held = new Set<string>();
  const lastWrites = new Map<string, number>();
  return (input) => {
    const { items, transaction } = itemsOf(input);
    const now = performance.now();
    const isYounger = (item: string) => now - (lastWrites.get(item) ?? 0) < YOUNGER_MS;
    const refusing = items.filter((item) => held.has(item) || (transaction && isYounger(item)));
    if (refusing.length > 0) return conflictOver(items, new Set(refusing), transaction);
    if (!transaction) {
      for (const item of items) lastWrites.set(item, now);
      return undefined;
    }
    for (const item of items) held.add(item);
    setTimeout(() => {
      for (const item of items) held.delete(item);
    }, HELD_MS);
    return undefined;
  };
}

/** Returns the items that a request writes, by table and key, and whether it is a transaction. */
function itemsOf(input: string): { items: string[]; transaction: boolean } {
  const { TransactItems, TableName, Key, Item } = JSON.parse(input);
  const writes: Write[] = TransactItems?.flatMap(Object.values) ?? [{ TableName, Key, Item }];
  const items = writes.map(({ TableName: table, Key: key, Item: { pk, sk, key_id } = {} }) =>
    JSON.stringify([table, key ?? { pk, sk, key_id }]),
  );
  return { items, transaction: TransactItems !== undefined };
}

/** Returns DynamoDB's error for a conflict (developer guide, "Transaction conflict handling"). */
function conflictOver(items: string[], held: Set<string>, transaction: boolean): string {
  const CancellationReasons = items.map((item) => ({
    Code: held.has(item) ? 'TransactionConflict' : 'None',
  }));
  return JSON.stringify({
    __type: `com.amazonaws.dynamodb.v20120810#Transaction${transaction ? 'Canceled' : 'Conflict'}Exception`,
    message: 'Transaction is ongoing for the item',
    ...(transaction && { CancellationReasons }),
  });
}
