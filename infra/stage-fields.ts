import * as z from 'zod/mini';

/** Adds the description that the JSON schema and docs/operations.md show. */
export const described = <T extends z.ZodMiniType>(schema: T, description: string): T => {
  // A copy, because one schema may serve several settings.
  const copy = schema.clone() as T;
  z.globalRegistry.add(copy, { description });
  return copy;
};

/** Accepts an object with these properties and no others. */
export const object = <Shape extends Record<string, z.ZodMiniType>>(shape: Shape) =>
  z.strictObject(shape, { error: `must be an object with ${Object.keys(shape).join(', ')}` });

/** Makes a setting with a default. */
export const orElse = <T extends z.ZodMiniType>(
  schema: T,
  value: z.output<T>,
  description: string,
) => described(z._default(schema, value as never), description);

/** Makes a group of settings that may be left out, because each has a default. */
export const group = <Shape extends Record<string, z.ZodMiniType>>(shape: Shape) =>
  z.prefault(object(shape), {} as never);

/** Makes a setting without a default. */
export const optional = <T extends z.ZodMiniType>(schema: T, description: string) =>
  described(z.optional(schema), description);

export const flag = z.boolean({ error: 'must be true or false' });

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
