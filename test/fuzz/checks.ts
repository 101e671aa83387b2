import { matchRoute } from '../../lib/http/routing.ts';
import { checkExchange } from '../support/contract/check.ts';
import { operationOf } from '../support/contract/document.ts';
import { FIXED_HEADERS } from '../support/headers.ts';
import { findLeaks } from '../support/leaks.ts';
import { Finding } from './finding.ts';
import type { Answer } from './http.ts';
import type { Known } from './names.ts';

/** A request as the service read it. */
export interface Read {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The body's text. */
  readonly body: string;
}

/**
 * The statuses with which node:http refuses a request before the gateway sees it: malformed, too
 * slow, too long a chunk extension, an unknown expectation, too long a head.
 */
const REFUSED_BY_PARSER = [400, 408, 413, 417, 431];

/** Returns whether an answer is node:http's own, which has no body and no header of the service. */
export function isParsersRefusal({ status, headers }: Answer): boolean {
  const isOwn = !headers['x-request-id'] && !headers['content-type'];
  return isOwn && REFUSED_BY_PARSER.includes(status);
}

/** @throws Finding if an answer is one that the service must not give to a request */
export function checkAnswer(read: Read, answer: Answer, known: Known): void {
  const { status, headers } = answer;
  if (status >= 500) {
    // The service answers with 503 what takes it too long.
    throw new Finding(`answered ${status}: ${answer.body}`, status === 503);
  }
  const [path = ''] = read.target.split('?');
  const route = matchRoute(read.method, path)?.route;
  const isDocs = route?.function === 'docs' && status < 400;
  for (const [name, value] of Object.entries(FIXED_HEADERS)) {
    const isOwn = isDocs && ['content-security-policy', 'cache-control'].includes(name);
    if (
      headers[name] === undefined ||
      (!isOwn && name !== 'content-type' && headers[name] !== value)
    ) {
      throw new Finding(`answered ${status} with ${name}: ${headers[name]}`);
    }
  }
  if (!headers['x-request-id']) throw new Finding(`answered ${status} without X-Request-Id`);
  if (isDocs) return;
  const body = parse(answer.body);
  try {
    checkExchange({
      method: read.method,
      target: read.target,
      sent: read.body,
      status,
      headers,
      body,
    });
  } catch (error) {
    throw new Finding((error as Error).message);
  }
  checkLeaks(read, answer, body, known);
  if (status < 300) checkCredentials(read, known);
}

function parse(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString());
  } catch {
    throw new Finding(`answered with what is not JSON: ${body}`);
  }
}

/** Only the answer that issues a key holds it. */
function checkLeaks(read: Read, { status, headers }: Answer, body: unknown, known: Known): void {
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  const { api_key: _, ...rest } = (isObject ? body : {}) as Record<string, unknown>;
  const shown = JSON.stringify([headers, isObject ? rest : body]);
  // A 400 repeats an unknown field's name to its sender. The admin token has no format to mask.
  const isRepeated = status === 400 && `${read.target} ${read.body}`.includes(known.admin);
  const issued = issuedTo(known).filter((secret) => !isRepeated || secret !== known.admin);
  const [leak] = findLeaks({ issued, lines: [shown], items: [] });
  if (leak) throw new Finding(`answered ${status} with a secret: ${leak}`);
}

/** Returns every secret that only its holder may see. */
export function issuedTo({ admin, auditor, service, keys }: Known): string[] {
  return [admin, auditor, service, ...keys];
}

/** A request that is carried out must have credentials that the document says suffice. */
function checkCredentials({ method, target, headers, body }: Read, known: Known): void {
  const [path = ''] = target.split('?');
  const route = matchRoute(method, path)?.route;
  const operation = route && operationOf(route);
  if (!operation) return;
  const sent = `${headers.map(([, value]) => value).join('\n')}\n${body}`;
  const holds = (secrets: readonly string[]) => secrets.some((secret) => sent.includes(secret));
  const suffices: Record<string, () => boolean> = {
    adminToken: () => holds([known.admin]),
    auditorToken: () => holds([known.auditor]),
    serviceToken: () => holds([known.service]),
    key: () => holds(known.keys),
    keyHeader: () => holds(known.keys),
  };
  const isPublic = /^(GET|HEAD) \/(health|ready)$/.test(operation.key);
  const names = operation.security.flatMap(Object.keys);
  if (isPublic || names.some((name) => suffices[name]?.())) return;
  throw new Finding(`carried out without credentials that suffice: ${names.join(', ')}`);
}
