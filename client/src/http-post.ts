import { AuthRejected, AuthUnavailable, noAnswer, noAnswerWithin } from './errors.ts';

/** An answer of the service, of any status. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/**
 * Sends JSON to a path of the service, with a key as the credentials.
 * @param timeoutMs whole milliseconds until it is given up, if other than that of the client
 * @throws AuthUnavailable if there is no answer in time
 * @throws AuthRejected if the key is malformed
 */
export type Post = (
  path: string,
  key: string,
  body: object,
  timeoutMs?: number,
) => Promise<HttpAnswer>;

/**
 * Returns whether a value looks like a key. Others may be answered with an error, by the service or
 * by a firewall before it. That is no decision: anyone could make a route that fails open let a
 * request through.
 */
export function isWellFormed(key: unknown): boolean {
  return typeof key === 'string' && /^hk_[0-9A-Za-z_]{1,253}$/.test(key);
}

/**
 * Makes the function that sends requests. It repeats a request once if the connection breaks: an
 * idle connection may be closed by the service at the moment at which it is used.
 * @param url the base URL of the service, with or without a path
 * @param clientTimeoutMs whole milliseconds until a request is given up, its repetition included
 * @throws TypeError if the URL is not one of HTTP
 */
export function createPost(url: string | URL, clientTimeoutMs: number): Post {
  const base = baseOf(url);
  return async (path, key, body, timeoutMs = clientTimeoutMs) => {
    if (!isWellFormed(key)) throw new AuthRejected('The key is malformed', 401);
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
      throw signal.aborted ? noAnswerWithin(timeoutMs, error) : noAnswer(error);
    }
  };
}

async function attempt(target: URL, init: RequestInit): Promise<HttpAnswer> {
  const response = await fetch(target, init);
  // The connection can break in the body as well.
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/**
 * Returns the base URL of the service, with which paths are resolved.
 * @throws TypeError if it is not one of HTTP
 */
export function baseOf(url: string | URL): URL {
  if (!URL.canParse(String(url))) throw new TypeError(`url is not a URL: ${url}`);
  const base = new URL(url);
  if (!/^https?:$/.test(base.protocol) || base.username || base.password) {
    throw new TypeError('url must begin with https:// or http:// and contain no credentials');
  }
  if (/\/api\/v1\/?$/.test(base.pathname)) throw new TypeError('url must not contain /api/v1');
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  return base;
}

/**
 * Reads the body of an answer.
 * @throws AuthUnavailable if it is not a JSON object
 */
export function readJson(answer: HttpAnswer): object {
  try {
    const body: unknown = JSON.parse(answer.text);
    if (typeof body === 'object' && body !== null) return body;
  } catch {}
  throw unusable(answer);
}

/** Makes the error for an answer that the client can't use. */
export function unusable({ status, headers }: HttpAnswer): AuthUnavailable {
  const isRejected = status >= 400 && status < 500 && status !== 408 && status !== 429;
  return new AuthUnavailable(`The API-key service gave no usable answer (${status})`, {
    status,
    retryAfter: status === 429 || status === 503 ? retryAfterOf(headers) : undefined,
    isOutage: !isRejected,
  });
}

/** Returns the seconds of `Retry-After`, which may also be a date: then undefined. */
export function retryAfterOf(headers: Headers): number | undefined {
  const value = headers.get('retry-after');
  return value && /^\d+$/.test(value) ? Number(value) : undefined;
}
