import { setTimeout as sleep } from 'node:timers/promises';
import { doubled, withJitter } from '../backoff.ts';
import { AuthUnavailable, noAnswer, noAnswerWithin } from '../errors.ts';
import { baseOf, readJson } from '../http-post.ts';
import { AdminError } from './admin-error.ts';

const TIMEOUT_MS = 10_000;

const MAX_REPEATS = 2;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 2000;
/** The pause after a 429 of API Gateway, which does not say how long to wait. */
const THROTTLED_PAUSE_MS = 1000;
const MAX_RETRY_AFTER_MS = 5000;

export interface AdminOptions {
  /** The base URL of the API-key service, without `/api/v1`. */
  readonly url: string | URL;
  /** The bearer token, or a function that is called for each request, if the token rotates. */
  readonly token: string | (() => string | Promise<string>);
  /** Milliseconds until an attempt is given up; by default 10,000. */
  readonly timeoutMs?: number | undefined;
}

export interface Reply<Body> {
  readonly body: Body;
  /** The query of the next page, if there is one. */
  readonly next: URLSearchParams | undefined;
}

export interface CallOptions {
  readonly query?: object;
  readonly body?: object;
  /** Whether the request may be sent again after no answer or a 5xx; by default if it is no POST. */
  readonly isRepeatable?: boolean;
}

/**
 * Sends an administrator's request to a path below `/api/v1/`, and again if that is safe.
 * @throws AdminError if the answer is no success
 * @throws AuthUnavailable if there is no answer: whether the request was performed is not known
 * @throws TypeError if the token can't be sent in a header
 */
export type Call = <Body>(
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  options?: CallOptions,
) => Promise<Reply<Body>>;

/**
 * Makes the function that sends requests.
 * @throws TypeError if the URL is not one of HTTP
 */
export function createCall({ url, token, timeoutMs = TIMEOUT_MS }: AdminOptions): Call {
  const base = baseOf(url);
  return async (method, path, { query = {}, body, isRepeatable = method !== 'POST' } = {}) => {
    const target = new URL(`api/v1/${path}`, base);
    target.search = String(searchOf(query));
    for (let repeats = 0; ; repeats++) {
      const init: RequestInit = {
        method,
        headers: {
          authorization: `Bearer ${checkToken(typeof token === 'string' ? token : await token())}`,
          ...(body && { 'content-type': 'application/json' }),
        },
        ...(body && { body: JSON.stringify(body) }),
        // The token is not sent to where an answer points.
        redirect: 'manual',
      };
      try {
        return await attempt(target, init, timeoutMs);
      } catch (error) {
        if (repeats === MAX_REPEATS || !mayRepeat(error, isRepeatable)) throw error;
        await sleep(pauseAfter(error, repeats));
      }
    }
  };
}

async function attempt<Body>(
  target: URL,
  init: RequestInit,
  timeoutMs: number,
): Promise<Reply<Body>> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const { ok, status, headers, text } = await send(target, { ...init, signal });
    if (!ok) throw new AdminError(status, headers, parse(text));
    // The form of a success is the service's to get right; a proxy's page is no JSON.
    return { body: readJson({ status, headers, text }) as Body, next: nextOf(headers, target) };
  } catch (error) {
    if (error instanceof AdminError || error instanceof AuthUnavailable) throw error;
    throw signal.aborted ? noAnswerWithin(timeoutMs, error) : noAnswer(error);
  }
}

async function send(target: URL, init: RequestInit) {
  const response = await fetch(target, init);
  const { ok, status, headers } = response;
  // The connection can break in the body as well.
  return { ok, status, headers, text: await response.text() };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Follows the query only: the path of a link lacks what a proxy has removed before the service. */
function nextOf(headers: Headers, target: URL): URLSearchParams | undefined {
  const link = /<([^>]*)>; *rel="next"/.exec(headers.get('link') ?? '')?.[1];
  return link === undefined ? undefined : new URL(link, target).searchParams;
}

function searchOf(query: object): URLSearchParams {
  if (query instanceof URLSearchParams) return query;
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null) search.set(name, String(value));
  }
  return search;
}

/**
 * Returns a token that a header can carry (RFC 6750, section 2.1).
 * @throws TypeError, as `fetch` does, but without the token in the message
 */
export function checkToken(token: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new TypeError('The token is empty or holds a character that a header cannot carry');
}

/** A 429 is API Gateway's, before the request has reached the service. */
function mayRepeat(error: unknown, isRepeatable: boolean): boolean {
  if (error instanceof AuthUnavailable) return isRepeatable;
  if (!(error instanceof AdminError)) return false;
  return error.status === 429 || (error.status >= 500 && isRepeatable);
}

/** @returns milliseconds */
function pauseAfter(error: unknown, repeats: number): number {
  if (error instanceof AdminError) {
    const { retryAfter, status } = error;
    if (retryAfter !== undefined) return Math.min(retryAfter * 1000, MAX_RETRY_AFTER_MS);
    if (status === 429) return THROTTLED_PAUSE_MS;
  }
  return withJitter(doubled(FIRST_PAUSE_MS, LONGEST_PAUSE_MS, repeats), Math.random());
}
