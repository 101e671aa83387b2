import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { matchRoute } from '../../../lib/http/routing.ts';
import type { Route } from '../../../lib/routes.ts';
import { type Answer, type Headers, type Operation, operationOf, type Schema } from './document.ts';
import { featuresIn, placeOf } from './features.ts';
import { remember } from './seen.ts';

/** A request and its answer. */
export interface Exchange {
  readonly method: string;
  /** The path and query. */
  readonly target: string;
  /** The body as it was sent. */
  readonly sent?: string | undefined;
  readonly status: number;
  /** With names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed body. */
  readonly body: unknown;
}

/** The headers that HTTP itself adds, and those that have a place of their own in the document. */
const TRANSPORT = new Set([
  'connection',
  'content-length',
  'content-type',
  'date',
  'keep-alive',
  'transfer-encoding',
]);

const ajv = new Ajv2020({ allErrors: true, strict: false, validateSchema: false });
addFormats.default(ajv);
/** By the text of the schema, because many answers have the same headers. */
const compiled = new Map<string, ValidateFunction>();
const textOf = new WeakMap<Schema, string>();

/**
 * Compares an exchange with the OpenAPI document, and remembers which parts of it were seen.
 * @throws Error that lists what the document does not have
 */
export function checkExchange(exchange: Exchange): void {
  const { method, target, status } = exchange;
  const [path = '', query = ''] = target.split('?');
  const route = matchRoute(method, path)?.route;
  const operation = route && operationOf(route);
  const differences = operation
    ? [
        ...(status < 300 ? requestDifferences(operation, query, exchange) : []),
        ...answerDifferences(operation, exchange),
      ]
    : outside(exchange, route);
  if (differences.length === 0) return;
  const list = differences.map((difference) => `\n  ${difference}`).join('');
  throw new Error(
    `${method} ${path} ${status} is not as openapi.json says (npm run openapi writes it):${list}`,
  );
}

/** An accepted request must be one that the document allows. */
function requestDifferences(
  { key, parameters = [], requestBody }: Operation,
  query: string,
  { sent }: Exchange,
): string[] {
  const differences: string[] = [];
  const taken = parameters.filter((parameter) => parameter.in === 'query');
  // Operations without parameters ignore the query.
  for (const [name, value] of taken.length > 0 ? new URLSearchParams(query) : []) {
    remember([`${key} ?${name}`]);
    const parameter = taken.find((of) => of.name === name);
    const parsed = /^\d+$/.test(value) ? [value, Number(value)] : [value];
    if (!parsed.some((one) => parameter && checkSchema(parameter.schema, one).length === 0)) {
      differences.push(`parameter ${name}=${value}`);
    }
  }
  if (requestBody && sent?.trim()) {
    const { schema } = requestBody.content['application/json'];
    const body = withoutUnknownNulls(JSON.parse(sent), schema);
    remember(Object.keys(body).map((name) => `${key} body.${name}`));
    differences.push(...checkSchema(schema, body).map((error) => `request body ${error}`));
  }
  return differences;
}

/** Leaves out unknown fields that are null: the service ignores every field that is null. */
function withoutUnknownNulls(body: object, { properties = {} }: Schema): object {
  return Object.fromEntries(
    Object.entries(body).filter(([name, value]) => name in properties || value !== null),
  );
}

function answerDifferences({ key, responses }: Operation, exchange: Exchange): string[] {
  const { status, headers, body } = exchange;
  const answer = responses[status];
  if (!answer) return ['the status'];
  remember([`${key} ${status}`]);
  const schema = answer.content?.[headers['content-type'] ?? '']?.schema;
  const place = placeOf(answer, `${key} ${status}`);
  if (schema) remember(featuresIn(body, schema, place));
  return [
    ...headerDifferences(place, answer, headers),
    ...(schema ? checkSchema(schema, body).map((error) => `body ${error}`) : []),
    ...(schema || body === undefined ? [] : [`content type ${headers['content-type']}`]),
  ];
}

function headerDifferences(
  place: string,
  { headers: documented = {} }: Answer,
  headers: Exchange['headers'],
): string[] {
  const names = new Map(Object.keys(documented).map((name) => [name.toLowerCase(), name]));
  const sent = Object.keys(headers).filter((name) => !TRANSPORT.has(name));
  const unknown = sent.filter((name) => !names.has(name));
  remember(sent.flatMap((name) => (names.has(name) ? [`${place} ${names.get(name)}`] : [])));
  return [
    ...unknown.map((name) => `header ${name} is not in the document`),
    ...wrongHeaders(documented, headers).map(
      ({ name, value }) => `header ${name} ${value === undefined ? 'is missing' : `is ${value}`}`,
    ),
  ];
}

/** Returns the documented headers that are missing or have another value than they may have. */
export function wrongHeaders(documented: Headers, headers: Exchange['headers']) {
  return Object.entries(documented).flatMap(([name, { required, schema }]) => {
    const value = headers[name.toLowerCase()];
    const isWrong = value === undefined ? required : checkSchema(schema, value).length > 0;
    return isWrong ? [{ name, schema, value }] : [];
  });
}

/** A request for no operation is answered with an error, unless it is for the API reference. */
function outside({ status }: Exchange, route: Route | undefined): string[] {
  return route?.function === 'docs' || status === 404 || status === 405 ? [] : ['the path'];
}

/** Returns what is wrong with a value; nothing if it is as the schema says. */
export function checkSchema(schema: Schema, value: unknown): string[] {
  const text = textOf.get(schema) ?? JSON.stringify(schema);
  textOf.set(schema, text);
  const validate = compiled.get(text) ?? ajv.compile(schema);
  compiled.set(text, validate);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}
