import * as z from 'zod/mini';
import type { oas31, ZodOpenApiRequestBodyObject } from 'zod-openapi';
import type { Field, Input } from './operation.ts';
import { orNull, simplify } from './simplify.ts';

type Properties = Readonly<Record<string, oas31.SchemaObject>>;

/** The services are those of each deployment, which the document does not know. */
const SERVICE_ID: oas31.SchemaObject = { type: 'string' };

/** Documents a body. A field that may be left out may also be null. */
export function bodyOf(input: Input): ZodOpenApiRequestBodyObject {
  const { properties, required } = jsonSchemaOf(input);
  const optional = Object.keys(properties).filter((name) => !required.includes(name));
  const fields = [
    ...required.map((name) => [name, properties[name]]),
    ...optional.map((name) => [name, orNull(properties[name] ?? {})]),
  ];
  const schema: oas31.SchemaObject = {
    type: 'object',
    properties: Object.fromEntries(fields),
    ...(required.length > 0 && { required }),
    additionalProperties: false,
  };
  return {
    required: !input.schema.safeParse({}).success,
    content: { 'application/json': { schema, examples: input.examples } },
  };
}

/** Documents the parameters of a query. */
export function parametersOf(input: Input): oas31.ParameterObject[] {
  return Object.entries(jsonSchemaOf(input).properties).map(
    ([name, { description, ...schema }]) => ({ in: 'query', name, description, schema }),
  );
}

/** Returns the JSON Schema of each field with its description, and the required fields. */
function jsonSchemaOf({ schema, fields }: Input) {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, {
    io: 'input',
    override: simplify,
  });
  // Both are JSON Schema 2020-12, in the types of two libraries.
  const described = Object.entries(properties as Properties).map(([name, property]) => [
    name,
    { ...(name === 'service_id' ? SERVICE_ID : property), ...annotationOf(fields[name]) },
  ]);
  return { properties: Object.fromEntries(described) as Properties, required };
}

function annotationOf(field: Field | undefined): oas31.SchemaObject {
  return typeof field === 'string' ? { description: field } : { ...field };
}
