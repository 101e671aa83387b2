import { STATUS_CODES } from 'node:http';
import * as z from 'zod/mini';
import type { ProblemStatus } from '../../problem-codes.ts';
import { count, describe, type Wire } from './fields.ts';

/** The fields of every problem but its `detail`. */
const problemFields = (status: number) => ({
  type: z.literal('about:blank'),
  title: z.literal(STATUS_CODES[status] ?? ''),
  status: z.literal(status),
});

/** Makes the schema of a problem whose detail is one of the given sentences. */
export const problem = (status: ProblemStatus, details: readonly string[]) =>
  z.object({ ...problemFields(status), detail: z.enum([...new Set(details)]) });

const fieldError = z.object({
  field: describe(z.string(), 'The field or parameter, such as `allowed_ips[1]`.'),
  message: describe(z.string(), 'What is wrong with it.'),
});

export type FieldError = Wire<typeof fieldError>;

export const invalidRequest = z.object({
  ...problemFields(400),
  detail: describe(
    z.string(),
    'Names up to five invalid fields, or says what else is wrong with the request.',
  ),
  errors: z.optional(
    describe(z.array(fieldError).check(z.maxLength(20)), 'The first 20 invalid fields.'),
  ),
  more_errors: z.optional(count('The number of invalid fields that are not in `errors`.')),
});

export const overLimit = z.object({
  ...problemFields(402),
  detail: z.object({
    error: z.literal('monthly_limit_exceeded'),
    message: z.literal('Monthly prediction limit exceeded'),
  }),
});

export const gatewayAnswer = z.object({
  message: describe(z.string(), 'Such as `Too Many Requests`.'),
});
