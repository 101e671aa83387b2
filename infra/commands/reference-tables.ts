import type { oas31 } from 'zod-openapi';
import { markdownTable, replaceSection } from './markdown-table.ts';

type Document = oas31.OpenAPIObject;

/**
 * Replaces each table between `<!-- fields: <place> -->` and `<!-- end -->` by one that is made of
 * the document. A place is an `operationId`, whose request is described, or a schema's name.
 * @throws Error for a place without fields in the document, and for a start without its own end
 */
export function withTables(markdown: string, document: Document): string {
  const places = [...markdown.matchAll(/<!-- fields: (\w+) -->/g)];
  return places.reduce((page, [start, place = '']) => {
    const schema = document.components?.schemas?.[place] as oas31.SchemaObject | undefined;
    const rows = schema ? rowsOfObject(schema) : rowsOfRequest(place, document);
    if (rows.length === 0) throw new Error(`The document has no fields of ${place}`);
    return replaceSection(page, start, toTable(rows, !schema));
  }, markdown);
}

interface Row {
  readonly name: string;
  readonly required: boolean;
  readonly schema: oas31.SchemaObject;
}

function rowsOfRequest(place: string, document: Document): Row[] {
  const operation = Object.values(document.paths ?? {})
    .flatMap((item) => Object.values(item) as oas31.OperationObject[])
    .find(({ operationId }) => operationId === place);
  if (!operation) throw new Error(`openapi.json has no ${place}`);
  const { requestBody, parameters = [] } = operation;
  const body = (requestBody as oas31.RequestBodyObject | undefined)?.content['application/json'];
  if (body) return rowsOfObject(body.schema as oas31.SchemaObject);
  return (parameters as oas31.ParameterObject[])
    .filter((parameter) => parameter.in === 'query')
    .map(({ name, required = false, description, schema: of }) => ({
      name,
      required,
      schema: { ...(of as oas31.SchemaObject), description },
    }));
}

function rowsOfObject({ properties = {}, required = [] }: oas31.SchemaObject): Row[] {
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    required: required.includes(name),
    schema: schema as oas31.SchemaObject,
  }));
}

/** @param isRequest whether callers send the fields, which then may have a default */
function toTable(rows: readonly Row[], isRequest: boolean): string {
  const cells = [
    ['Field', 'Type', ...(isRequest ? ['Default'] : []), 'Meaning'],
    ...rows.map(({ name, required, schema }) => [
      `\`${name}\``,
      typeOf(schema, isRequest),
      ...(isRequest ? [required ? 'required' : defaultOf(schema)] : []),
      schema.description ?? '',
    ]),
  ];
  return markdownTable(cells);
}

function defaultOf({ default: value }: oas31.SchemaObject): string {
  return value === undefined ? 'none' : `\`${JSON.stringify(value)}\``;
}

/** Returns the type of a field in words. Null in a request is the same as no field. */
function typeOf(schema: oas31.SchemaObject, isRequest: boolean): string {
  const { type, enum: values, anyOf = [] } = schema;
  const types = [type ?? []].flat();
  const alternatives = [
    ...(values
      ? values.filter((value) => value !== null).map((value) => `\`${value}\``)
      : types.filter((one) => one !== 'null').map((one) => describe(one, schema))),
    ...anyOf.map((one) => typeOf(one as oas31.SchemaObject, isRequest)),
    ...(types.includes('null') && !isRequest ? ['null'] : []),
  ];
  const last = alternatives.pop();
  return alternatives.length > 0 ? `${alternatives.join(', ')} or ${last}` : (last ?? '');
}

const FORMATS: Record<string, string> = { uuid: 'UUID', 'date-time': 'time', date: 'date' };

function describe(type: oas31.SchemaObjectType, schema: oas31.SchemaObject): string {
  const { format = '', items, maxItems, maxLength, minLength, minimum, maximum } = schema;
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (type === 'array') {
    const { type: of } = (items ?? {}) as oas31.SchemaObject;
    return `${of} array${maxItems ? ` (at most ${maxItems})` : ''}`;
  }
  if (maxLength) return `string (${minLength} to ${number(maxLength)} characters)`;
  if (maximum !== undefined) return `${type} (${minimum} to ${number(maximum)})`;
  if (minimum) return `${type} (${minimum} or more)`;
  return FORMATS[format] ?? type;
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
