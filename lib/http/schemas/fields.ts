import * as z from 'zod/mini';
import { maskKeysIn } from '../../domain/key.ts';
import { CONTAINS_KEY } from '../problem.ts';

/** Control and separator characters and unpaired surrogates, which listings and logs can't show. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;

/** Refuses a key or token in the wrong field, where it would be stored in the clear. */
export const noKey = z.refine<string>((value) => maskKeysIn(value) === value, {
  error: CONTAINS_KEY,
});

/** Text of at most `max` characters (code points), none of them invisible. */
export const text = (max: number) => {
  const error = orRequired(
    `must be text of 1 to ${max} characters, none of them control characters`,
  );
  const isText = (value: string) =>
    value.trim() !== '' && [...value].length <= max && !UNPRINTABLE.test(value);
  // JSON Schema counts code points as well, but zod's own check of a length counts UTF-16 units.
  return z
    .string({ error })
    .check(z.refine(isText, { error }), noKey)
    .register(z.globalRegistry, { minLength: 1, maxLength: max });
};

/** A whole number within bounds. */
export const integer = (min: number, max: number) => {
  const error = orRequired(`must be a whole number from ${min} to ${max}`);
  return z
    .int({ error, abort: true })
    .check(z.minimum(min, { error, abort: true }), z.maximum(max, { error, abort: true }));
};

/** One of the given values. */
export const oneOf = <const T extends string>(values: readonly T[]) =>
  z.enum(values, { error: orRequired(`must be one of: ${values.join(', ')}`) });

/** Text of any content. */
export const anyText = z.string({ error: 'must be text' });

/** An object with no other fields: a misspelt restriction must not create a key without it. */
export function body<Shape extends Record<string, z.ZodMiniType>>(shape: Shape) {
  return z.strictObject(shape, { error: 'must be a JSON object' });
}

/** Text that `read` converts; it returns undefined for invalid text. */
export const readBy = <T>(read: (text: string) => T | undefined, message: string) =>
  z.pipe(
    z.string(),
    z.transform((text, context) => {
      const value = read(text);
      if (value !== undefined) return value;
      context.issues.push({ code: 'custom', input: text, message });
      return z.NEVER;
    }),
  );

/** Returns the error of a field: the message, or that the field is missing. */
export function orRequired(message: string) {
  return ({ input }: { input?: unknown }) => (input === undefined ? 'is required' : message);
}
