import type { Answer, Operation, Schema } from './document.ts';

/**
 * A feature is a part of the document that an exchange can show: a parameter or field of a request,
 * a status, a header, a field of an answer and each value and type that it may have.
 */
type Feature = string;

/** Returns every feature of an operation. */
export function featuresOf(operation: Operation): Feature[] {
  const { key, parameters = [], requestBody, responses } = operation;
  const body = requestBody?.content['application/json'].schema;
  return [
    ...parameters.filter((of) => of.in === 'query').map(({ name }) => `${key} ?${name}`),
    ...Object.keys(body?.properties ?? {}).map((name) => `${key} body.${name}`),
    ...Object.entries(responses).flatMap(([status, answer]) => {
      const place = placeOf(answer, `${key} ${status}`);
      return [
        `${key} ${status}`,
        ...Object.keys(answer.headers ?? {}).map((name) => `${place} ${name}`),
        ...Object.values(answer.content ?? {}).flatMap(({ schema }) => fieldsOf(schema, place)),
      ];
    }),
  ];
}

/** Returns where the features of a part are: a shared part may be seen in any operation. */
export function placeOf({ component }: Answer | Schema, place: string): string {
  return component ?? place;
}

function fieldsOf(schema: Schema, parent: string): Feature[] {
  const place = placeOf(schema, parent);
  const { properties = {}, items, additionalProperties } = schema;
  return [
    ...variantsOf(schema).map((variant) => `${place}${variant}`),
    ...Object.entries(properties).flatMap(([name, field]) => {
      const at = `${place}.${name}`;
      return [at, ...fieldsOf(field, at)];
    }),
    ...(items ? fieldsOf(items, `${place}[]`) : []),
    ...(additionalProperties ? fieldsOf(additionalProperties, `${place}.*`) : []),
  ];
}

/** Returns the values of an enumeration, or the types of a field that may have several. */
function variantsOf({ type, enum: values }: Schema): string[] {
  if (values) return values.map((value) => `=${value}`);
  return Array.isArray(type) ? type.map((one) => `:${one}`) : [];
}

/** Returns the features of an answer's body. */
export function featuresIn(value: unknown, schema: Schema, parent: string): Feature[] {
  const place = placeOf(schema, parent);
  const shown = variantsOf(schema).filter((variant) =>
    [`=${value}`, `:${typeOf(value)}`].includes(variant),
  );
  const { properties = {}, items, additionalProperties } = schema;
  const inner = [
    ...(Array.isArray(value) && items ? value.map((item) => [items, item, '[]'] as const) : []),
    ...(typeOf(value) === 'object' ? Object.entries(value as object) : []).flatMap(
      ([name, field]) => {
        const own = properties[name];
        if (own) return [[own, field, `.${name}`] as const];
        return additionalProperties ? [[additionalProperties, field, '.*'] as const] : [];
      },
    ),
  ];
  return [
    ...shown.map((variant) => `${place}${variant}`),
    ...inner.flatMap(([of, part, name]) => [
      `${place}${name}`,
      ...featuresIn(part, of, `${place}${name}`),
    ]),
  ];
}

/** Returns the type of a value in the words of JSON Schema. */
function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}
