import { createServer, request as forward } from 'node:http';
import { text } from 'node:stream/consumers';
import { listenLocally } from '../../infra/local/listen.ts';

/** The fault that the proxy causes. */
type Mode =
  | 'pass'
  /** Never answers. */
  | 'hang'
  /** Closes the connection: on any request, on GetItem or on PutItem. */
  | 'cut'
  | 'cut-reads'
  | 'cut-puts'
  /** Executes the request, then closes the connection: on any write, or on one request in ten. */
  | 'lose-answer'
  | 'lose-some'
  /** Rejects transactions or PutItem with a throttling error. */
  | 'throttle'
  | 'throttle-puts'
  /**
   * Rejects writes in conflict with a transaction, as DynamoDB does and the embedded database does
   * not: only those, or with lost answers as well, or with most writes throttled.
   */
  | 'lock'
  | 'lock-and-lose-some'
  | 'lock-and-throttle';

export interface FaultProxy {
  readonly url: string;
  /** The actions requested since it was last emptied, such as `GetItem`. */
  readonly actions: string[];
  /** The actions with their input, once a request has been passed on. */
  readonly inputs: { readonly action: string; readonly input: string }[];
  mode: Mode;
  /** Loses the answer to the next request whose action and input match, and is then cleared. */
  loseOnce: RegExp | undefined;
  /** Is awaited before each request is passed on. */
  before: (() => Promise<unknown>) | undefined;
  stop(): void;
}

/** DynamoDB's error for a throttled transaction (API reference, TransactWriteItems, errors). */
const THROTTLED = JSON.stringify({
  __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
  message: 'Transaction cancelled',
  CancellationReasons: [
    { Code: 'ThrottlingError' },
    {
      Code: 'ConditionalCheckFailed',
      Item: { hash: { S: '$2b$04$of a key, which nobody may log' } },
    },
  ],
});

/** DynamoDB's error for a throttled partition (developer guide, "Error handling"). */
const TOO_MUCH = JSON.stringify({
  __type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException',
  message: 'The level of configured provisioned throughput for the table was exceeded',
});

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
function conflictOver(items: string[], held: Set<string>, transaction: boolean) {
  const CancellationReasons = items.map((item) => ({
    Code: held.has(item) ? 'TransactionConflict' : 'None',
  }));
  return JSON.stringify({
    __type: `com.amazonaws.dynamodb.v20120810#Transaction${transaction ? 'Canceled' : 'Conflict'}Exception`,
    message: 'Transaction is ongoing for the item',
    ...(transaction && { CancellationReasons }),
  });
}

/** Starts a proxy before a dependency that records the requests and causes faults on demand. */
export async function startProxy(target: string): Promise<FaultProxy> {
  const actions: string[] = [];
  const inputs: { action: string; input: string }[] = [];
  const held = new Set<string>();
  const lastWrites = new Map<string, number>();
  const server = createServer(async (incoming, outgoing) => {
    const action = String(incoming.headers['x-amz-target']).split('.').at(-1) ?? '';
    actions.push(action);
    const { mode } = proxy;
    if (mode === 'hang') return;
    const cut = { 'cut-reads': 'GetItem', 'cut-puts': 'PutItem' }[String(mode)];
    if (mode === 'cut' || cut === action) {
      incoming.socket.destroy();
      return;
    }
    if (mode === 'throttle' && action === 'TransactWriteItems') {
      outgoing.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' }).end(THROTTLED);
      return;
    }
    const { method, url = '/', headers } = incoming;
    const input = await text(incoming).catch(() => undefined);
    if (input === undefined) return;
    inputs.push({ action, input });
    await proxy.before?.();
    const throttled =
      (mode === 'throttle-puts' && action === 'PutItem') ||
      (mode === 'lock-and-throttle' && action !== 'GetItem' && Math.random() < 0.8);
    if (throttled) {
      outgoing.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' }).end(TOO_MUCH);
      return;
    }
    if (mode.startsWith('lock') && /^(Update|Put|TransactWrite)/.test(action)) {
      const { items, transaction } = itemsOf(input);
      const now = performance.now();
      const isYounger = (item: string) => now - (lastWrites.get(item) ?? 0) < YOUNGER_MS;
      const refusing = items.filter((item) => held.has(item) || (transaction && isYounger(item)));
      if (refusing.length > 0) {
        outgoing.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' });
        outgoing.end(conflictOver(items, new Set(refusing), transaction));
        return;
      }
      if (!transaction) {
        for (const item of items) lastWrites.set(item, now);
      } else {
        for (const item of items) held.add(item);
        setTimeout(() => {
          for (const item of items) held.delete(item);
        }, HELD_MS);
      }
    }
    const onward = forward(new URL(url, target), { method, headers }, (answer) => {
      const isWrite = /^(Update|Put|TransactWrite)/.test(action);
      const losesSome = mode.endsWith('lose-some') && Math.random() < 0.1;
      const losesThis = proxy.loseOnce?.test(`${action} ${input}`);
      if (losesThis) proxy.loseOnce = undefined;
      if ((mode === 'lose-answer' && isWrite) || losesSome || losesThis) {
        answer.resume();
        answer.on('end', () => incoming.socket.destroy());
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    onward.end(input);
  });
  const proxy: FaultProxy = {
    url: await listenLocally(server),
    actions,
    inputs,
    mode: 'pass',
    loseOnce: undefined,
    before: undefined,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
  return proxy;
}
