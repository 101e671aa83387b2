import { createServer, request as forward, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { listenLocally } from '../../infra/local/listen.ts';
import { errorAnswer, type Fault, SLOW_MS, THROTTLED, THROTTLED_TRANSACTION } from './faults.ts';
import { createItemLocks } from './item-locks.ts';

/** The fault that the proxy causes in every request, or in those it is for. */
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

/** A request to the dependency: its action, such as `GetItem`, and its input as JSON. */
export interface ProxiedRequest {
  readonly action: string;
  readonly input: string;
}

export interface FaultProxy {
  readonly url: string;
  /** The address of the dependency, which changes when it is started again. */
  target: string;
  /** The actions requested since it was last emptied, such as `GetItem`. */
  readonly actions: string[];
  /** The actions with their input, once a request has been passed on. */
  readonly inputs: ProxiedRequest[];
  mode: Mode;
  /** Chooses the fault of each request, in addition to the mode. */
  choose: ((request: ProxiedRequest) => Fault | undefined) | undefined;
  /** Loses the answer to the next request whose action and input match, and is then cleared. */
  loseOnce: RegExp | undefined;
  /** Is awaited before each request is passed on. */
  before: (() => Promise<unknown>) | undefined;
  stop(): void;
}

export const isWrite = (action: string) => /^(Update|Put|TransactWrite)/.test(action);

/** Starts a proxy before a dependency that records the requests and causes faults on demand. */
export async function startProxy(target: string): Promise<FaultProxy> {
  const actions: string[] = [];
  const inputs: ProxiedRequest[] = [];
  const lock = createItemLocks();
  const server = createServer(async (incoming, outgoing) => {
    const amzTarget = String(incoming.headers['x-amz-target']);
    const action = amzTarget.split('.').at(-1) ?? '';
    actions.push(action);
    const { mode } = proxy;
    if (mode === 'hang') return;
    const cut = { 'cut-reads': 'GetItem', 'cut-puts': 'PutItem' }[String(mode)];
    if (mode === 'cut' || cut === action) {
      incoming.socket.destroy();
      return;
    }
    const { method, url = '/', headers } = incoming;
    const input = await text(incoming).catch(() => undefined);
    if (input === undefined) return;
    const fault = proxy.choose?.({ action, input });
    if (fault === 'hang') return;
    if (fault === 'reset-before') {
      incoming.socket.destroy();
      return;
    }
    if (fault === 'throttle' || fault === 'error') {
      return reject(outgoing, errorAnswer(fault, amzTarget));
    }
    if (mode === 'throttle' && action === 'TransactWriteItems') {
      return reject(outgoing, THROTTLED_TRANSACTION);
    }
    inputs.push({ action, input });
    await proxy.before?.();
    const throttled =
      (mode === 'throttle-puts' && action === 'PutItem') ||
      (mode === 'lock-and-throttle' && action !== 'GetItem' && Math.random() < 0.8);
    if (throttled) return reject(outgoing, THROTTLED);
    if (mode.startsWith('lock') && isWrite(action)) {
      const conflict = lock(input);
      if (conflict) return reject(outgoing, { status: 400, body: conflict });
    }
    const onward = forward(new URL(url, proxy.target), { method, headers }, (answer) => {
      if (losesAnswer(mode, action, input) || fault === 'reset-after') {
        answer.resume();
        answer.on('end', () => incoming.socket.destroy());
        return;
      }
      if (fault === 'hang-after') return answer.resume();
      const pass = () => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      };
      if (fault === 'slow') setTimeout(pass, SLOW_MS);
      else pass();
    });
    onward.on('error', () => outgoing.destroy());
    onward.end(input);
  });

  function losesAnswer(mode: Mode, action: string, input: string): boolean {
    if (proxy.loseOnce?.test(`${action} ${input}`)) {
      proxy.loseOnce = undefined;
      return true;
    }
    return (
      (mode === 'lose-answer' && isWrite(action)) ||
      (mode.endsWith('lose-some') && Math.random() < 0.1)
    );
  }

  const proxy: FaultProxy = {
    url: await listenLocally(server),
    target,
    actions,
    inputs,
    mode: 'pass',
    choose: undefined,
    loseOnce: undefined,
    before: undefined,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
  return proxy;
}

function reject(outgoing: ServerResponse, error: { status: number; body: string }): void {
  outgoing.writeHead(error.status, { 'content-type': 'application/x-amz-json-1.0' });
  outgoing.end(error.body);
}
