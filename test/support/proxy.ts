import { createServer, request as forward, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { listenLocally } from '../../infra/local/listen.ts';
import { errorAnswer, type Fault, SLOW_MS } from './faults.ts';
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
  /** Executes each write, then closes the connection. */
  | 'lose-answer'
  /** Rejects transactions or PutItem with a throttling error. */
  | 'throttle'
  | 'throttle-puts'
  /**
   * Rejects writes in conflict with a transaction, as DynamoDB does and the embedded database does
   * not: only those, or with one answer in ten lost as well, or with most writes throttled.
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

const NONE = () => undefined;

/** The fault that each mode causes in a request with this action. */
const FAULT_OF: Readonly<Record<Mode, (action: string) => Fault | undefined>> = {
  pass: NONE,
  hang: () => 'hang',
  cut: () => 'reset-before',
  'cut-reads': (action) => (action === 'GetItem' ? 'reset-before' : undefined),
  'cut-puts': (action) => (action === 'PutItem' ? 'reset-before' : undefined),
  'lose-answer': (action) => (isWrite(action) ? 'reset-after' : undefined),
  throttle: (action) => (action === 'TransactWriteItems' ? 'throttle' : undefined),
  'throttle-puts': (action) => (action === 'PutItem' ? 'throttle' : undefined),
  lock: NONE,
  'lock-and-lose-some': () => (Math.random() < 0.1 ? 'reset-after' : undefined),
  'lock-and-throttle': (action) =>
    action !== 'GetItem' && Math.random() < 0.8 ? 'throttle' : undefined,
};

/** Starts a proxy before a dependency that records the requests and causes faults on demand. */
export async function startProxy(target: string): Promise<FaultProxy> {
  const actions: string[] = [];
  const inputs: ProxiedRequest[] = [];
  const lock = createItemLocks();
  const server = createServer(async (incoming, outgoing) => {
    const amzTarget = String(incoming.headers['x-amz-target']);
    const action = amzTarget.split('.').at(-1) ?? '';
    actions.push(action);
    const { method, url = '/', headers } = incoming;
    const input = await text(incoming).catch(() => undefined);
    if (input === undefined) return;
    const fault = faultIn({ action, input });
    if (fault === 'hang') return;
    if (fault === 'reset-before') {
      incoming.socket.destroy();
      return;
    }
    if (fault === 'throttle' || fault === 'error') {
      return reject(outgoing, errorAnswer(fault, amzTarget));
    }
    inputs.push({ action, input });
    await proxy.before?.();
    if (proxy.mode.startsWith('lock') && isWrite(action)) {
      const conflict = lock(input);
      if (conflict) return reject(outgoing, { status: 400, body: conflict });
    }
    const onward = forward(new URL(url, proxy.target), { method, headers }, (answer) => {
      if (fault === 'reset-after') {
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

  function faultIn(request: ProxiedRequest): Fault | undefined {
    const { action, input } = request;
    if (proxy.loseOnce?.test(`${action} ${input}`)) {
      proxy.loseOnce = undefined;
      return 'reset-after';
    }
    return proxy.choose?.(request) ?? FAULT_OF[proxy.mode](action);
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
