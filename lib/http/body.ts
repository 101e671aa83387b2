import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { Problem } from './problem.ts';

/** The largest body in KiB. Every valid body is smaller. */
export const MAX_BODY_KIB = 32;

/**
 * Reads the JSON body of a request. An absent or empty body is an empty object, and a field that is
 * null is left out.
 * @throws Problem `too_large`, `not_json`, or `bad_request` for invalid JSON
 */
export function readBody(event: APIGatewayProxyEventV2, maxKib = MAX_BODY_KIB): unknown {
  const text = event.isBase64Encoded
    ? Buffer.from(event.body ?? '', 'base64').toString()
    : (event.body ?? '');
  if (Buffer.byteLength(text) > maxKib * 1024) {
    throw new Problem('too_large', { detail: tooLarge(maxKib) });
  }
  if (text.trim() === '') return {};
  const type = event.headers['content-type'];
  if (type && !/^application\/(.+\+)?json\s*(;|$)/i.test(type)) throw new Problem('not_json');
  const body = parseJson(text);
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  return isObject
    ? Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null))
    : body;
}

/** Returns the sentence about a body that is larger than `kib` KiB. */
export function tooLarge(kib: number): string {
  return `The body is larger than ${kib} KiB`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem('bad_request', { detail: 'The body is not valid JSON' });
  }
}
