import { matchRoute } from '../../lib/http/routing.ts';
import { wrongHeaders } from '../support/contract/check.ts';
import { type Headers, operationOf } from '../support/contract/document.ts';
import type { Exchange, Failure, Result } from './exchanges.ts';
import { MASK } from './mask.ts';

/** Checks what holds for every answer, whatever was asked. */
export function checkAnswers(exchanges: readonly Exchange[], url: string): Result[] {
  const answered = exchanges.filter(({ status }) => status > 0);
  return [
    {
      name: 'headers-of-every-answer',
      failures: answered.flatMap((exchange) => headerFailures(exchange, url)),
    },
    { name: 'no-secret-in-an-answer', failures: answered.flatMap(secretFailures) },
  ];
}

/** Compares the headers with openapi.json, which has the same ones for every answer. */
function headerFailures(exchange: Exchange, url: string): Failure[] {
  const { place, method, status, headers } = exchange;
  const path = exchange.url.slice(url.length).split('?')[0] ?? '';
  const documented = headersOf(method, path, status) ?? headersOf('GET', '/health', 200) ?? {};
  return wrongHeaders(documented, headers).map(({ name, schema, value }) => {
    const { const: only, pattern } = schema as { const?: string; pattern?: string };
    return {
      place,
      expected: [`header ${name}: ${only ?? pattern ?? 'any'}`],
      came: `${status} with ${value === undefined ? 'no such header' : `${name}: ${value}`}`,
    };
  });
}

function headersOf(method: string, path: string, status: number): Headers | undefined {
  const route = matchRoute(method, path)?.route;
  return route && operationOf(route)?.responses[status]?.headers;
}

/** Only the answer that issues a key may have it. All secrets of the run are masked by now. */
function secretFailures({ place, method, status, headers, body }: Exchange): Failure[] {
  const issues = method === 'POST' && (status === 200 || status === 201);
  const shown = JSON.stringify([headers, body], (name, value) =>
    issues && name === 'api_key' ? undefined : value,
  );
  if (!shown.includes(MASK)) return [];
  return [{ place, expected: ['neither a key nor the admin token'], came: `${status} ${shown}` }];
}
