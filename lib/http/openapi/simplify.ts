import type { ZodOpenApiOverride } from 'zod-openapi';

/** Adapts the JSON Schema of a zod schema to what readers and generators of clients expect. */
export const simplify = ({
  jsonSchema,
  zodSchema,
}: Pick<Parameters<ZodOpenApiOverride>[0], 'jsonSchema' | 'zodSchema'>): void => {
  // In JSON every name is a string.
  delete jsonSchema.propertyNames;
  const [inner] = jsonSchema.anyOf ?? [];
  // A reference to a component can't have the type null beside it.
  if (zodSchema._zod.def.type === 'nullable' && inner && !inner.$ref) {
    delete jsonSchema.anyOf;
    Object.assign(jsonSchema, orNull(inner));
  }
};

/** Returns a schema that also accepts null. */
export function orNull<T extends { type?: unknown; enum?: unknown[] }>(schema: T): T {
  if (typeof schema.type !== 'string') return schema;
  return {
    ...schema,
    type: [schema.type, 'null'],
    ...(schema.enum && { enum: [...schema.enum, null] }),
  };
}
