import * as z from 'zod/mini';

/** Accepts an object with these properties and no others. */
export const object = <Shape extends Record<string, z.ZodMiniType>>(shape: Shape) =>
  z.strictObject(shape, { error: `must be an object with ${Object.keys(shape).join(', ')}` });

export const wholeNumber = (minimum: number, maximum: number) => {
  const error = `must be a whole number from ${minimum} to ${maximum}`;
  return z.int({ error }).check(z.minimum(minimum, { error }), z.maximum(maximum, { error }));
};

export const text = (pattern: RegExp, error: string) =>
  z.string({ error }).check(z.regex(pattern, { error }));

/** @param items the name of the items in the error message */
export const listOf = <T extends z.ZodMiniType>(item: T, items: string) => {
  const error = `must list at least one of ${items}`;
  return z.array(item, { error }).check(z.minLength(1, { error }));
};

const SHARE = 'must be more than 0 and at most 1';
export const share = z
  .number({ error: SHARE })
  .check(z.gt(0, { error: SHARE }), z.maximum(1, { error: SHARE }));

/** Alarms evaluate periods of 5 minutes, for a day at most. */
const MINUTES = 'must be a multiple of 5 from 5 to 1440';
export const minutes = z
  .int({ error: MINUTES })
  .check(
    z.multipleOf(5, { error: MINUTES }),
    z.minimum(5, { error: MINUTES }),
    z.maximum(1440, { error: MINUTES }),
  );
