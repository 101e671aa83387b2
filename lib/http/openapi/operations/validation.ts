import type { RefusalCode } from '../../../domain/decide.ts';
import { refusedKey, validKey } from '../../schemas/answers/validation.ts';
import { validateBody } from '../../schemas/validation.ts';
import { NO_GRANT, REFUSALS } from '../../validation.ts';
import { EXAMPLE_KEY, GRANT } from '../examples.ts';
import { type Examples, input, type Operation } from '../operation.ts';

/** The refusals of a status: each code with its sentence. */
function refusalsOf(status: 401 | 429): Map<RefusalCode, string> {
  const all = Object.entries(REFUSALS) as [RefusalCode, (typeof REFUSALS)[RefusalCode]][];
  return new Map(all.flatMap(([code, to]) => (to.status === status ? [[code, to.error]] : [])));
}

function examplesOf(refusals: ReadonlyMap<RefusalCode, string>): Examples {
  return Object.fromEntries(
    [...refusals].map(([code, error]) => [
      code,
      { summary: error, value: { is_valid: false, ...NO_GRANT, error, code } },
    ]),
  );
}

const REFUSED = refusalsOf(401);
const LIMITED = refusalsOf(429);

/** The operation that every caller of a protected service causes. */
export const validationOperations = {
  'POST /api/v1/keys/validate': {
    operationId: 'validateKey',
    tag: 'Validation',
    summary: 'Validate a key',
    description:
      'Tells whether a key may be used for a request. If it may, the validation counts against the hourly limit.\n\n' +
      'The key is the first of these that is present: a bearer token that begins with `hk_`, `X-API-Key`, the body field `api_key`, any other bearer token. ' +
      '**Only what you send is checked**: a backend should send `service_id`, `required_scope`, `client_ip` and `environment` with every request. ' +
      'The service reads no `X-Forwarded-For`.\n\n' +
      'A malformed key, an unknown key and a wrong secret are indistinguishable. Every other reason is told only to a caller who has the secret, ' +
      'with one exception: a key whose prefix belongs to an environment that the deployment does not accept is refused with `environment_mismatch` at once. ' +
      'The answer is never 403. At 503 nothing was decided: refuse the request.',
    caller: 'holder of a key',
    body: input(
      validateBody,
      {
        api_key: 'The key, if no header has it.',
        service_id: 'The service that the caller serves; the key must be for it.',
        required_scope: 'The scope that the request needs; a key without scopes has all.',
        client_ip:
          'The address of the client, which must be in `allowed_ips`. If absent, the address of the caller of this operation is checked.',
        environment:
          'The environment that the caller serves: `production`, `test` or `development`; the key must be for it.',
        lease_requests:
          'Asks for an answer that may be used for this many requests, which are counted at once. The answer then has a `lease`.',
      },
      {
        full: {
          summary: 'Everything is checked; the key is in a header',
          value: {
            service_id: 'prediction',
            required_scope: 'predict',
            client_ip: '203.0.113.10',
            environment: 'production',
          },
        },
        body: { summary: 'The key in the body', value: { api_key: EXAMPLE_KEY } },
      },
    ),
    answers: {
      200: {
        description: 'The key may be used.',
        schema: validKey,
        headers: { 'RateLimit-Policy': true, RateLimit: true },
        examples: { valid: { summary: 'A valid key', value: { is_valid: true, ...GRANT } } },
      },
      401: {
        description: 'The key may not be used. `code` tells why.',
        schema: refusedKey(REFUSED),
        headers: { 'RateLimit-Policy': false, RateLimit: false },
        examples: examplesOf(REFUSED),
      },
      429: {
        description: 'A limit of the key is reached; `Retry-After` tells when it resets.',
        schema: refusedKey(LIMITED),
        headers: { 'RateLimit-Policy': true, RateLimit: true, 'Retry-After': true },
        examples: examplesOf(LIMITED),
      },
    },
  },
} as const satisfies Record<string, Operation>;
