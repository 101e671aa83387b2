import { createServer, request as forward } from 'node:http';
import { listenLocally } from '../../infra/local/listen.ts';

export interface Proxy {
  readonly url: string;
  /** The actions asked for since it was last emptied, as in `GetItem`. */
  readonly actions: string[];
  /**
   * What becomes of requests: passed on, never answered, cut off, writes cut off after they were
   * carried out, or transactions refused for now.
   */
  mode: 'pass' | 'hang' | 'cut' | 'lose-answer' | 'throttle';
  stop(): void;
}

/** As DynamoDB says it (API reference, TransactWriteItems, errors). */
const THROTTLED = JSON.stringify({
  __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
  message: 'Transaction cancelled',
  CancellationReasons: [{ Code: 'ThrottlingError' }, { Code: 'None' }],
});

/** Stands between the service and one of its dependencies, counts what passes and breaks it on demand. */
export async function startProxy(target: string): Promise<Proxy> {
  const actions: string[] = [];
  const server = createServer((incoming, outgoing) => {
    const action = String(incoming.headers['x-amz-target']).split('.').at(-1) ?? '';
    actions.push(action);
    const { mode } = proxy;
    if (mode === 'hang') return;
    if (mode === 'cut') {
      incoming.socket.destroy();
      return;
    }
    if (mode === 'throttle' && action === 'TransactWriteItems') {
      outgoing.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' }).end(THROTTLED);
      return;
    }
    const { method, url = '/', headers } = incoming;
    const onward = forward(new URL(url, target), { method, headers }, (answer) => {
      if (mode === 'lose-answer' && /^(Update|TransactWrite)/.test(action)) {
        answer.resume();
        answer.on('end', () => incoming.socket.destroy());
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  const proxy: Proxy = {
    url: await listenLocally(server),
    actions,
    mode: 'pass',
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
  return proxy;
}
