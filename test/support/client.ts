import { randomBytes } from 'node:crypto';
import { captureIssued, captureOutput } from './captured.ts';
import { checkExchange, type Exchange } from './contract/check.ts';

/** Differs between test files, because each file has secrets of its own. */
export const ADMIN_TOKEN = randomBytes(24).toString('base64url');
captureIssued(ADMIN_TOKEN);

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  // biome-ignore lint/suspicious/noExplicitAny: what a server answers is for the test to assert
  readonly body: any;
}

export interface CallOptions {
  readonly headers?: Record<string, string>;
  /** Sent as JSON, or as it is if it is a string. */
  readonly body?: unknown;
  /** Omits the admin token if false. */
  readonly admin?: boolean;
  /** Closes the connection when it is aborted. */
  readonly signal?: AbortSignal;
}

export type Client = ReturnType<typeof createClient>;

/**
 * Creates a client that calls a running service over HTTP.
 * @param check compares each exchange with openapi.json, unless another release answers
 */
export function createClient(url: string, check: (exchange: Exchange) => void = checkExchange) {
  async function call(
    method: string,
    path: string,
    { headers = {}, body, admin = true, signal }: CallOptions = {},
  ): Promise<Answer> {
    const sent = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(admin && { authorization: `Bearer ${ADMIN_TOKEN}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      body: sent,
      signal,
    });
    const text = await response.text();
    const answer = {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: text ? JSON.parse(text) : undefined,
    };
    remember(answer);
    check({ method, target: path, sent, ...answer });
    return answer;
  }
  return {
    call,
    /** Creates a key and returns the answer's body. */
    create: async (fields: object = {}) => {
      const body = { name: 'a key', service_id: 'prediction', ...fields };
      const answer = await call('POST', '/api/v1/keys', { body });
      if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
      return answer.body as { api_key: string; key_id: string; key_info: Record<string, unknown> };
    },
    /** Validates a key given in `X-API-Key`. */
    validate: (apiKey: string, body?: object) =>
      call('POST', '/api/v1/keys/validate', {
        headers: { 'x-api-key': apiKey },
        body,
        admin: false,
      }),
  };
}

/** Captures the key that an answer issued, and the rest of the answer for the search for leaks. */
function remember({ headers, body }: Answer): void {
  const { api_key, ...rest } = body ?? {};
  if (api_key) captureIssued(api_key);
  captureOutput('answer', JSON.stringify([headers, Array.isArray(body) ? body : rest]));
}
