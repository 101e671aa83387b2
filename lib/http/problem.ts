import { STATUS_CODES } from 'node:http';
import { maskKeysIn } from '../domain/key.ts';
import { PROBLEMS, type ProblemCode } from './problem-codes.ts';
import type { LogFields, Reply } from './reply.ts';
import type { FieldError } from './schemas/answers/problems.ts';

/** Longer than the longest of our own messages, which has about 200 characters. */
const MAX_MESSAGE_LENGTH = 300;
/** The most invalid fields that the sentence and the log line name. */
const MAX_NAMED = 5;
/** The message of a field that has a key or a token, which would be stored in the clear. */
export const CONTAINS_KEY = 'must not contain an API key or token';
/** Stands in the log for all fields that the request does not have. */
const UNKNOWN = '(unknown)';
/** The most invalid fields in `errors`, so that an answer is not much longer than its request. */
const MAX_LISTED = 20;

export interface InvalidField extends FieldError {
  /** Whether the caller made up its name, which is therefore not logged: it may be a token. */
  readonly isUnknown?: boolean;
}

interface ProblemOptions {
  /** Shown instead of the code's own detail. */
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
  /** The number of invalid fields that are not in `errors`. */
  readonly moreErrors?: number;
  readonly headers?: Record<string, string>;
  /** Logged, but never shown. */
  readonly log?: LogFields;
}

/** A failure and the answer to it. The answer shows only what is given here, never a cause. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;

  constructor(
    readonly code: ProblemCode,
    private readonly options: ProblemOptions = {},
  ) {
    super(code);
    this.status = PROBLEMS[code].status;
  }

  /** Returns the answer as problem details (RFC 9457). */
  toReply(): Reply {
    const { detail = PROBLEMS[this.code].detail, errors, moreErrors, headers, log } = this.options;
    return {
      status: this.status,
      headers: { 'Content-Type': 'application/problem+json', ...headers },
      body: {
        type: 'about:blank',
        title: STATUS_CODES[this.status],
        status: this.status,
        detail,
        ...(errors && { errors }),
        ...(moreErrors && { more_errors: moreErrors }),
      },
      code: this.code,
      log,
    };
  }
}

/**
 * Returns a 400 that lists the invalid fields in `errors`. Its sentence names the first of them and
 * says how many more there are.
 */
export function invalidFields(found: readonly InvalidField[]): Problem {
  const errors = found.slice(0, MAX_LISTED).map(({ field, message }) => ({
    field: toShown(field),
    message: toShown(message),
  }));
  const named = errors.slice(0, MAX_NAMED).map(({ field, message }) => `${field}: ${message}`);
  const unnamed = found.length - named.length;
  const detail = [...named, ...(unnamed > 0 ? [`and ${unnamed} more`] : [])].join('; ');
  const logged = new Set(found.map(({ field, isUnknown }) => (isUnknown ? UNKNOWN : field)));
  const log = { fields: [...logged].slice(0, MAX_NAMED) };
  const moreErrors = found.length - errors.length;
  return new Problem('bad_request', { detail, errors, moreErrors, log });
}

/** Makes a caller's text fit for an answer: short, and with any key in it masked. */
function toShown(text: string): string {
  return maskKeysIn(text).slice(0, MAX_MESSAGE_LENGTH);
}
