import { compileAllowlist } from '../../../domain/allowlist.ts';
import type { RefusalCode } from '../../../domain/decide.ts';
import { explain } from '../../../domain/explain.ts';
import { limitUses } from '../../../domain/limits.ts';
import { explanationReply } from '../../explanation.ts';
import { explanation } from '../../schemas/answers/explanation.ts';
import { explainBody } from '../../schemas/explain-body.ts';
import { REFUSALS } from '../../validation.ts';
import { KEY_ID, KEY_INFO } from '../examples.ts';
import { input, type Operation } from '../operation.ts';

const NOW = new Date('2026-11-23T18:30:00.000Z');

const REQUEST = {
  service_id: 'platform',
  required_scope: 'predict',
  client_ip: '203.0.113.10',
  environment: 'production',
};

/** Makes an answer as the service does, so that the example can't differ from it. */
function exampleAnswer(): object {
  const record = { ...KEY_INFO, expires_in_days: 90, grace_ends_at: null, version: 1 };
  const counters = { requests_2026112318: 12, predictions_202611: 4711 };
  const explained = explain({
    presented: { kind: 'key_id', keyId: KEY_ID },
    found: {
      record,
      allows: compileAllowlist(record.allowed_ips),
      isSecretRight: undefined,
      limits: limitUses(record, counters, NOW),
      countedOn: KEY_ID,
    },
    request: REQUEST,
    environments: ['production'],
    now: NOW,
  });
  return explanationReply(explained, NOW).body;
}

/** The operation with which administrators find out why a key is refused. */
export const explanationOperations = {
  'POST /api/v1/keys/explain': {
    operationId: 'explainKey',
    tag: 'Keys',
    summary: 'Explain a validation',
    description:
      'Tells an administrator what a validation would answer now, and why: every check in order, also those after the first that fails, the counters, their windows and the clock. ' +
      'It counts nothing, changes nothing, and takes revoked, expired, malformed and unknown keys too.\n\n' +
      'Send either `key_id` or the whole key as `api_key`. With `key_id`, the explanation assumes that the whole key is presented. ' +
      'Send the other fields as the service sends them to a validation. What you leave out is not checked; in particular, your own address never stands for `client_ip`.',
    caller: 'auditor',
    body: input(
      explainBody,
      {
        key_id: 'The `key_id` of the key.',
        api_key: 'The whole key, instead of `key_id`. No part of its secret is answered or logged.',
        service_id: 'The service that was called.',
        required_scope: 'The scope that the request needs.',
        client_ip: 'The address of the client, as the service saw it.',
        environment: 'The environment of the service that was called.',
      },
      {
        key: {
          summary: 'A key by its key_id',
          value: { key_id: KEY_ID, ...REQUEST },
        },
      },
    ),
    answers: {
      200: {
        description: 'The explanation, whether the key is valid or not.',
        schema: explanation(Object.keys(REFUSALS) as RefusalCode[]),
        examples: { refused: { summary: 'A key for another service', value: exampleAnswer() } },
      },
    },
  },
} as const satisfies Record<string, Operation>;
