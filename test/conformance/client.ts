import { setTimeout as delay } from 'node:timers/promises';
import type { Exchange } from './exchanges.ts';
import type { Mask } from './mask.ts';

const TIMEOUT_MS = 10_000;
/** A request that API Gateway throttles is sent again, as the workflows do. */
const THROTTLED_ATTEMPTS = 6;
const THROTTLED_MS = 2000;

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  // biome-ignore lint/suspicious/noExplicitAny: what a service answers is for the case to check
  readonly body: any;
}

export interface Call {
  readonly headers?: Record<string, string>;
  readonly body?: object;
}

export type Client = ReturnType<typeof createClient>;

/**
 * Creates a client that calls a deployment as an administrator. It keeps what was answered for the
 * checks of all answers, and the ids of the keys that were issued.
 */
export function createClient(url: string, adminToken: string, mask: Mask, signal?: AbortSignal) {
  const exchanges: Exchange[] = [];
  const issued = new Set<string>();
  const send = async (method: string, path: string, { headers, body }: Call) => {
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${adminToken}`,
        ...(body && { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body && JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    return { response, text: await response.text() };
  };
  const call = async (method: string, path: string, options: Call = {}): Promise<Answer> => {
    let sent = await send(method, path, options);
    for (let attempt = 1; attempt < THROTTLED_ATTEMPTS && isThrottled(sent); attempt++) {
      await delay(THROTTLED_MS, undefined, { signal });
      sent = await send(method, path, options);
    }
    const { response, text } = sent;
    const answer: Answer = {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: parse(text),
    };
    if (answer.body?.api_key) {
      mask.add(String(answer.body.api_key));
      issued.add(String(answer.body.key_id));
    }
    exchanges.push({
      place: `${method} ${path}`,
      method,
      url: url + path,
      status: answer.status,
      headers: answer.headers,
      body: parse(mask.apply(text)),
    });
    return answer;
  };
  return { call, exchanges, issued };
}

/** Tells an answer of API Gateway from one of the service. */
function isThrottled({ response, text }: { response: Response; text: string }): boolean {
  return response.status === 429 && text.includes('"Too Many Requests"');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
