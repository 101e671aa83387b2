import { createServer, request as forward } from 'node:http';
import { text } from 'node:stream/consumers';
import { listenLocally } from '../../infra/local/listen.ts';

export interface FaultProxy {
  readonly url: string;
  /** The actions asked for since it was last emptied, as in `GetItem`. */
  readonly actions: string[];
  /** The same with what was asked, once it has been passed on. */
  readonly inputs: { readonly action: string; readonly input: string }[];
  /**
   * What becomes of requests: passed on, never answered, cut off, all or reads or puts alone, writes cut off after they were
   * carried out, one in ten of any kind cut off so, transactions or puts refused for now, or writes in conflict with
   * a transaction refused, as DynamoDB does and the embedded one does not; that also with lost answers,
   * or with most writes throttled.
   */
  mode:
    | 'pass'
    | 'hang'
    | 'cut'
    | 'cut-reads'
    | 'cut-puts'
    | 'lose-answer'
    | 'lose-some'
    | 'throttle'
    | 'throttle-puts'
    | 'lock'
    | 'lock-and-lose-some'
    | 'lock-and-throttle';
  /** The answer to the next request is lost that matches this, by its action and input; then it is cleared. */
  loseOnce: RegExp | undefined;
  stop(): void;
}

/** As DynamoDB says it (API reference, TransactWriteItems, errors). */
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

/** As DynamoDB says it of a partition that takes no more (developer guide, "Error handling"). */
const TOO_MUCH = JSON.stringify({
  __type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException',
  message: 'The level of configured provisioned throughput for the table was exceeded',
});

/** For how long a transaction holds its items, as it does in DynamoDB. */
const HELD_MS = 10;

/**
 * How long before a transaction a plain write may have been made without being younger than it. DynamoDB
 * refuses a transaction whose timestamp, given by its coordinator, is older than an item's last write
 * (Idziorek and others, "Distributed Transactions at Scale in Amazon DynamoDB", USENIX ATC 2023, section 3.2).
 */
const YOUNGER_MS = 1;

interface Write {
  TableName: string;
  Key?: object;
  Item?: Record<string, unknown>;
}

/** The items that a request writes, and whether in a transaction; a put item is known by the keys that the service uses. */
function itemsOf(input: string): { items: string[]; transaction: boolean } {
  const { TransactItems, TableName, Key, Item } = JSON.parse(input);
  const writes: Write[] = TransactItems?.flatMap(Object.values) ?? [{ TableName, Key, Item }];
  const items = writes.map(({ TableName: table, Key: key, Item: { pk, sk, key_id } = {} }) =>
    JSON.stringify([table, key ?? { pk, sk, key_id }]),
  );
  return { items, transaction: TransactItems !== undefined };
}

/** As DynamoDB says it (developer guide, "Transaction conflict handling"). */
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

/** Stands between the service and one of its dependencies, counts what passes and breaks it on demand. */
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
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
  return proxy;
}
