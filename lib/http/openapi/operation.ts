import type * as z from 'zod/mini';
import type { HeaderName } from './headers.ts';
import type { ProblemName } from './problems.ts';

export const TAGS = {
  Keys: 'Administrators issue keys and change, rotate and revoke them.',
  Audit: 'Administrators and auditors see who has changed keys.',
  Validation: 'Services ask for every request whether its key may be used.',
  Security: 'Administrators and auditors see how the stage stands, and what to do about it.',
  Usage: 'Services report what they served, and administrators and auditors read the totals.',
  Health: 'Load balancers and operators ask whether the service runs.',
} as const;

/** Stands for the services of a deployment, which its settings list. */
export const SERVICE = 'prediction';

/** Who may call an operation; an administrator may do what an auditor may. */
export type Caller = 'administrator' | 'auditor' | 'reporter' | 'holder of a key' | 'anyone';

/** A field of a request: its description, or that with JSON Schema keywords to add or replace. */
export type Field = string | ({ readonly description: string } & Readonly<Record<string, unknown>>);

/** A request's body or query. */
export interface Input {
  readonly schema: z.ZodMiniObject;
  readonly fields: Readonly<Record<string, Field>>;
  readonly examples: Examples;
}

/** Makes an input. The compiler asks for a description of every field of the schema. */
export function input<Shape extends z.ZodMiniObject['shape']>(
  schema: z.ZodMiniObject<Shape>,
  fields: Readonly<Record<keyof Shape & string, Field>>,
  examples: Examples = {},
): Input {
  return { schema, fields, examples };
}

export type Examples = Readonly<
  Record<string, { readonly summary: string; readonly value: unknown }>
>;

/** An answer that a handler gives. */
export interface Answer {
  readonly description: string;
  readonly schema: z.ZodMiniType;
  /** Headers beside those of every answer; false: the header is not always there. */
  readonly headers?: Partial<Record<HeaderName, boolean>>;
  readonly examples: Examples;
}

/** Everything that the document says about a route. */
export interface Operation {
  readonly operationId: string;
  readonly tag: keyof typeof TAGS;
  readonly summary: string;
  readonly description: string;
  readonly caller: Caller;
  readonly body?: Input;
  readonly query?: Input;
  readonly answers: { readonly [status: number]: Answer };
  /** The problems that only this operation has, beside those that follow from the fields above. */
  readonly problems?: readonly ProblemName[];
}
