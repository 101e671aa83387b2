import type { oas31 } from 'zod-openapi';
import { placeOf } from '../../domain/key-filter.ts';
import { SECURITY_HEADERS } from '../reply.ts';
import { nextPage } from '../schemas/paging.ts';
import { KEY_INFO } from './examples.ts';

const constant = (value: string, description: string): oas31.HeaderObject => ({
  description,
  required: true,
  schema: { type: 'string', const: value },
});

/** The headers of every answer of the service. */
export const COMMON_HEADERS = {
  'X-Request-Id': {
    description: 'Identifies the request in the log of the service.',
    required: true,
    schema: { type: 'string' },
    example: 'a1b2c3d4-0000-4000-8000-000000000000',
  },
  ...Object.fromEntries(
    Object.entries(SECURITY_HEADERS).map(([name, value]) => [
      name,
      constant(value, 'A security header, the same for every answer.'),
    ]),
  ),
} satisfies Record<string, oas31.HeaderObject>;

/** The headers that only some answers have. */
export const HEADERS = {
  'WWW-Authenticate': constant('Bearer', 'The authentication scheme (RFC 9110 section 11.6.1).'),
  'Retry-After': {
    description: 'Whole seconds to wait before the next attempt (RFC 9110 section 10.2.3).',
    required: true,
    schema: { type: 'string', pattern: '^\\d+$' },
    example: '1',
  },
  'RateLimit-Policy': {
    description:
      'The hourly limit: accepted validations (`q`) per 3,600 seconds (`w`); draft-ietf-httpapi-ratelimit-headers.',
    required: true,
    schema: { type: 'string', pattern: '^"hour";q=\\d+;w=3600$' },
    example: '"hour";q=1000;w=3600',
  },
  RateLimit: {
    description: 'What is left of the limit (`r`), and the seconds until it resets (`t`).',
    required: true,
    schema: { type: 'string', pattern: '^"hour";r=\\d+;t=\\d+$' },
    example: '"hour";r=999;t=120',
  },
  Link: {
    description:
      'The next page (RFC 8288), relative to this URL; without it this page is the last.',
    required: false,
    schema: { type: 'string', pattern: '^<[^>]+>; rel="next"$' },
    example: nextPage('/api/v1/keys', { limit: 1000 }, placeOf(KEY_INFO)),
  },
} satisfies Record<string, oas31.HeaderObject>;

export type HeaderName = keyof typeof HEADERS;

/**
 * Documents the headers of an answer.
 * @param own its headers beside those of every answer of this status; false: not always there
 */
export function headersOf(
  status: number,
  own: Partial<Record<HeaderName, boolean>> = {},
): oas31.HeadersObject {
  const byStatus: typeof own = {
    ...(status === 401 && { 'WWW-Authenticate': true }),
    ...(status === 503 && { 'Retry-After': true }),
  };
  const special = Object.entries({ ...byStatus, ...own }) as [HeaderName, boolean][];
  return {
    ...Object.fromEntries(
      special.map(([name, always]) => [
        name,
        HEADERS[name].required === always ? toHeader(name) : { ...HEADERS[name], required: always },
      ]),
    ),
    ...Object.fromEntries(Object.keys(COMMON_HEADERS).map((name) => [name, toHeader(name)])),
  };
}

function toHeader(name: string): oas31.ReferenceObject {
  return { $ref: `#/components/headers/${name}` };
}
