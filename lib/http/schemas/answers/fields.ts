import * as z from 'zod/mini';

// The schemas of answers are for the compiler, the OpenAPI document and the tests. No function
// imports them as values, so that no bundle contains them.

/** Adds a description, and what else the document shows, to a schema that is used only here. */
export function describe<T extends z.ZodMiniType>(
  schema: T,
  description: string,
  more: Readonly<Record<string, unknown>> = {},
): T {
  z.globalRegistry.add(schema, { description, ...more });
  return schema;
}

/** The type of an answer. What the service stores is read-only, and so is what it answers. */
export type Wire<S extends z.ZodMiniType> = DeepReadonly<z.output<S>>;

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

/** A UUID. Its format is a hint: JSON Schema does not check formats. */
export const uuid = (description: string) => describe(z.string(), description, { format: 'uuid' });

/** A time in UTC, in ISO 8601. */
export const time = (description: string) =>
  describe(z.string(), description, { format: 'date-time' });

export const timeOrNull = (description: string) =>
  describe(z.nullable(z.string().register(z.globalRegistry, { format: 'date-time' })), description);

export const uuidOrNull = (description: string) =>
  describe(z.nullable(z.string().register(z.globalRegistry, { format: 'uuid' })), description);

/** A whole number that is not negative. */
export const count = (description: string) => describe(z.int().check(z.minimum(0)), description);

/** A sum or mean that is not negative. */
export const amount = (description: string) =>
  describe(z.number().check(z.minimum(0)), description);

/** The time up to which usage is included. */
export const asOf = () =>
  timeOrNull(
    'The time at which the newest report of the last batch was received; null if there is none.',
  );
