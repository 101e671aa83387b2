import { AuthRejected, AuthUnavailable, toUnavailable } from './errors.ts';

/** An answer of the service, of any status. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/**
 * Sends JSON to a path of the service, with a key as the credentials.
 * @throws AuthUnavailable if there is no answer in time
 * @throws AuthRejected if the key can't be sent
 */
export type Post = (path: string, key: string, body: object) => Promise<HttpAnswer>;

/**
 * Returns whether a text has the syntax of a bearer token (RFC 6750, section 2.1), as every key has,
 * and is not too long. Others may be answered with an error, by the service or by a firewall before
 * it. That is no decision: anyone could make a route that fails open let a request through.
 */
export function isSendable(key: string): boolean {
  return key.length <= 256 && /^[A-Za-z0-9._~+/-]+=*$/.test(key);
}

/**
 * Makes the function that sends requests. It repeats a request once if the connection breaks: an
 * idle connection may be closed by the service at the moment at which it is used.
 * @param url the base URL of the service, with or without a path
 * @param timeoutMs milliseconds until a request is given up, its repetition included
 * @throws TypeError if the URL is not one of HTTP
 */
export function createPost(url: string | URL, timeoutMs: number): Post {
  const base = baseOf(url);
  return async (path, key, body) => {
    // The error of fetch would contain the key.
    if (!isSendable(key)) throw new AuthRejected('The key is malformed', 401);
    const target = new URL(path, base);
    const signal = AbortSignal.timeout(timeoutMs);
    const init: RequestInit = {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      // A key is not sent to where an answer points.
      redirect: 'manual',
      signal,
    };
    try {
      return await attempt(target, init).catch((error) => {
        if (signal.aborted) throw error;
        return attempt(target, init);
      });
    } catch (error) {
      if (!signal.aborted) throw toUnavailable(error);
      const message = `The API-key service did not answer within ${timeoutMs} ms`;
      throw new AuthUnavailable(message, { cause: error });
    }
  };
}

async function attempt(target: URL, init: RequestInit): Promise<HttpAnswer> {
  const response = await fetch(target, init);
  // The connection can break in the body as well.
  return { status: response.status, headers: response.headers, text: await response.text() };
}

function baseOf(url: string | URL): URL {
  if (!URL.canParse(String(url))) throw new TypeError(`url is not a URL: ${url}`);
  const base = new URL(url);
  if (!/^https?:$/.test(base.protocol) || base.username || base.password) {
    throw new TypeError('url must begin with https:// or http:// and contain no credentials');
  }
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  return base;
}

/**
 * Reads the body of an answer.
 * @throws AuthUnavailable if it is not a JSON object
 */
export function readJson({ status, text }: HttpAnswer): object {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null) return body;
  } catch {}
  throw unusable(status);
}

/** Makes the error for an answer that the client can't use. */
export function unusable(status: number): AuthUnavailable {
  return new AuthUnavailable(`The API-key service gave no usable answer (${status})`, { status });
}
