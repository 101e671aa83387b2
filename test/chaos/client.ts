import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

/** Longer than the service may take, so that a missing answer is the service's fault. */
const TIMEOUT_MS = 10_000;

export interface Answer {
  /** Undefined: there was no answer. */
  readonly status: number | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: the answers of a service that is under test
  readonly body: any;
}

/** Closes idle connections before the service does, which would look like a missing answer. */
const agent = new Agent({ keepAlive: true, timeout: 2000 });

/** The time after which a client asks again that was not answered, as clients of the service do. */
const BACKOFF_MS = 50;

/**
 * Sends one request, and never again: the run must know what it has sent. (`fetch` sends a request
 * again by itself when a connection that was kept open turns out to be closed.)
 */
export async function call(
  url: string,
  method: string,
  credential: string,
  body?: object,
): Promise<Answer> {
  try {
    return await send(url, method, credential, body && JSON.stringify(body));
  } catch {
    await delay(BACKOFF_MS);
    return { status: undefined, body: undefined };
  }
}

function send(
  url: string,
  method: string,
  credential: string,
  body: string | undefined,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${credential}`,
      ...(body && {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      }),
    };
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const outgoing = request(url, { method, headers, agent, signal }, (incoming) => {
      const { statusCode: status } = incoming;
      text(incoming).then((content) => resolve({ status, body: JSON.parse(content) }), reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
