import * as z from 'zod/mini';
import { maskKeysIn } from '../../domain/key.ts';

/** Control and separator characters and halves of surrogate pairs: invisible in a listing, trouble in a log. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;

/** A key pasted into the wrong field would stand there in the clear. */
export const noKey = z.refine<string>((value) => maskKeysIn(value) === value, {
  error: 'must not contain an API key',
});

/** Text of at most `max` characters (code points) that may be shown in a listing. */
export const text = (max: number) => {
  const error = orRequired(
    `must be text of 1 to ${max} characters, none of them control characters`,
  );
  return z.string({ error }).check(
    z.refine(
      (value) => value.trim() !== '' && [...value].length <= max && !UNPRINTABLE.test(value),
      { error },
    ),
    noKey,
  );
};

/** A whole number that `accepts` takes; `what` describes such a number. */
export const wholeNumber = (what: string, accepts: (n: number) => boolean) => {
  const error = orRequired(`must be ${what}`);
  return z.number({ error }).check(z.refine((n) => Number.isInteger(n) && accepts(n), { error }));
};

/** A whole number within bounds. */
export const integer = (min: number, max: number) =>
  wholeNumber(`a whole number from ${min} to ${max}`, (n) => n >= min && n <= max);

/** One of a closed set of words. */
export const oneOf = <const T extends string>(values: readonly T[]) =>
  z.enum(values, { error: orRequired(`must be one of: ${values.join(', ')}`) });

/** A field of a request body that only has to be text. */
export const anyText = z.string({ error: 'must be text' });

/** An object that takes no field but these: a misspelt restriction is an error, not a wider key. */
export function body<Shape extends Record<string, z.ZodMiniType>>(shape: Shape) {
  return z.strictObject(shape, { error: 'must be a JSON object' });
}

/** Text that `read` makes something of; undefined: it can't. */
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

function orRequired(message: string) {
  return ({ input }: { input?: unknown }) => (input === undefined ? 'is required' : message);
}
