import { STATUS_CODES } from 'node:http';
import type * as z from 'zod/mini';
import type { ZodOpenApiResponseObject } from 'zod-openapi';
import { MAX_BODY_KIB, tooLarge } from '../body.ts';
import { PROBLEMS, type ProblemCode } from '../problem-codes.ts';
import {
  type FieldError,
  gatewayAnswer,
  invalidRequest,
  overLimit,
  problem,
} from '../schemas/answers/problems.ts';
import { headersOf } from './headers.ts';
import type { Examples } from './operation.ts';

interface Described {
  readonly codes: readonly [ProblemCode, ...ProblemCode[]];
  readonly description: string;
  /** Absent if the answer has nothing but the detail of its code. */
  readonly schema?: z.ZodMiniType;
  readonly examples?: Examples;
}

/** The second is the limit of a validation. */
const TOO_LARGE = [MAX_BODY_KIB, 4].map(tooLarge);

const FIELD_ERROR: FieldError = {
  field: 'rate_limit_per_hour',
  message: 'must be a whole number from 10 to 100000',
};

/** The problems that operations share, each a response of its own in the document. */
const DESCRIBED = {
  InvalidRequest: {
    codes: ['bad_request'],
    description:
      'A field or parameter is invalid or unknown, the body is not valid JSON, or a validation has no key.',
    schema: invalidRequest,
    examples: {
      field: example('bad_request', {
        detail: `${FIELD_ERROR.field}: ${FIELD_ERROR.message}`,
        errors: [FIELD_ERROR],
      }),
      json: example('bad_request', { detail: 'The body is not valid JSON' }),
    },
  },
  NotAuthenticated: {
    codes: ['not_authenticated', 'bad_credentials'],
    description:
      'The request has no credentials, or they are not valid here, such as those of another key or environment.',
  },
  Forbidden: {
    codes: ['forbidden_to_auditor', 'forbidden_to_service', 'foreign_service'],
    description: 'The role of the named token does not allow the request.',
  },
  OverLimit: {
    codes: ['over_limit'],
    description: 'The debit would exceed the monthly limit. Nothing was counted.',
    schema: overLimit,
  },
  KeyNotFound: { codes: ['key_not_found'], description: 'No key has this `key_id`.' },
  NotChangeable: {
    codes: ['not_changeable'],
    description: 'The key was revoked, or its grace period is over.',
  },
  NotRotatable: { codes: ['not_rotatable'], description: 'The key was rotated or revoked before.' },
  NoSnapshot: {
    codes: ['no_snapshot'],
    description: 'The daily check of all keys has not completed yet, so it has found nothing.',
  },
  TooLarge: {
    codes: ['too_large'],
    description: 'The body is too large.',
    schema: problem(413, TOO_LARGE),
    examples: Object.fromEntries(
      TOO_LARGE.map((detail) => [detail, example('too_large', { detail })]),
    ),
  },
  NotJson: { codes: ['not_json'], description: 'The body has another content type.' },
  IdempotencyKeyReused: {
    codes: ['idempotency_key_reused'],
    description: 'The `idempotency_key` was used for another report of the key.',
  },
  InternalError: { codes: ['internal'], description: 'An error in the service.' },
  Unavailable: {
    codes: ['unavailable'],
    description:
      'DynamoDB or Secrets Manager cannot be reached. The request may or may not have taken effect; see Retries. Sent within 4 seconds.',
  },
} as const satisfies Record<string, Described>;

export type ProblemName = keyof typeof DESCRIBED;

/** Returns the status of a problem. */
export function statusOf(name: ProblemName): number {
  return PROBLEMS[DESCRIBED[name].codes[0]].status;
}

/** Documents the answers that operations share. */
export function sharedAnswers(): Record<string, ZodOpenApiResponseObject> {
  return {
    ...Object.fromEntries(
      Object.entries(DESCRIBED).map(([name, described]) => [name, problemAnswer(described)]),
    ),
    Gateway: {
      description:
        'An answer that API Gateway gives by itself, without the headers of the service: 429 above the throttle of the route, for all callers together, and a 5xx if a function did not answer.',
      content: { 'application/json': { schema: gatewayAnswer } },
    },
  };
}

function problemAnswer({ codes, description, schema, examples }: Described) {
  const { status } = PROBLEMS[codes[0]];
  return {
    description,
    headers: headersOf(status),
    content: {
      'application/problem+json': {
        schema: schema ?? problem(status, codes.map(detailOf)),
        examples: examples ?? Object.fromEntries(codes.map((code) => [code, example(code)])),
      },
    },
  };
}

interface Details {
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
}

function example(code: ProblemCode, more: Details = {}): Examples[string] {
  const { status, detail } = PROBLEMS[code];
  return {
    summary: more.detail ?? detailOf(code),
    value: { type: 'about:blank', title: STATUS_CODES[status], status, detail, ...more },
  };
}

function detailOf(code: ProblemCode): string {
  const { detail } = PROBLEMS[code];
  return typeof detail === 'string' ? detail : detail.message;
}
