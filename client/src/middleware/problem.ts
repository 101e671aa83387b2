import type { Rejected, Unavailable } from './check.ts';

/** An answer in place of the application's. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const TITLES = { 401: 'Unauthorized', 429: 'Too Many Requests', 503: 'Service Unavailable' };

/** Makes the answer to a request that is not let through, with problem details (RFC 9457). */
export function toAnswer(checked: Rejected | Unavailable): Answer {
  if (checked.kind === 'unavailable') {
    const detail = 'The API key could not be checked, try again later';
    return problem(503, detail, 'unavailable', { 'Retry-After': '1' });
  }
  const { status, code, error, headers } = checked;
  return problem(status, error, code, {
    ...(status === 401 && { 'WWW-Authenticate': 'Bearer' }),
    ...headers,
  });
}

function problem(
  status: keyof typeof TITLES,
  detail: string,
  code: string,
  headers: Record<string, string>,
): Answer {
  return {
    status,
    headers: {
      'Content-Type': 'application/problem+json',
      'Cache-Control': 'no-store',
      ...headers,
    },
    body: JSON.stringify({ type: 'about:blank', title: TITLES[status], status, detail, code }),
  };
}
