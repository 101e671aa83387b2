import { readFileSync } from 'node:fs';
import type { Route } from '../../../lib/routes.ts';

/** A part of the document that operations share, by its name. */
interface Shared {
  readonly component?: string;
}

/** A JSON Schema of the document. */
export interface Schema extends Shared {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | false;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
}

export interface Content {
  readonly schema: Schema;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

export type Headers = Readonly<
  Record<string, { readonly required?: boolean; readonly schema: Schema }>
>;

export interface Answer extends Shared {
  readonly headers?: Headers;
  readonly content?: Readonly<Record<string, Content>>;
}

interface Parameter {
  readonly in: 'path' | 'query';
  readonly name: string;
  readonly required?: boolean;
  readonly schema: Schema;
}

/** An operation of the document, without references. */
export interface Operation {
  /** The method and path of the route, such as `GET /health`. */
  readonly key: string;
  /** Each combination of credentials that suffices, by name; `{}` is none. */
  readonly security: readonly Readonly<Record<string, unknown>>[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: {
    readonly required?: boolean;
    readonly content: { readonly 'application/json': Content };
  };
  readonly responses: Readonly<Record<string, Answer>>;
}

// The documents are our own JSON; the interfaces above name the parts of them that are read here.
// biome-ignore lint/suspicious/noExplicitAny: see above
export type Data = any;

/** Every operation of `openapi.json`. Its answers may have no fields but those of their schemas. */
export const operations: readonly Operation[] = operationsOf(
  JSON.parse(readFileSync('openapi.json', 'utf8')),
).map((operation) => ({ ...operation, responses: close(operation.responses) }));

/** Returns every operation of a document. */
export function operationsOf(document: Data): Operation[] {
  return Object.entries<Data>(document.paths).flatMap(([path, methods]) =>
    Object.entries<Data>(methods).map(([method, operation]) => ({
      ...resolve(operation, document),
      key: `${method.toUpperCase()} ${path}`,
      security: securityOf(operation, document),
    })),
  );
}

/** Adds to each name in a combination of credentials what the document says of its scheme. */
function securityOf({ security }: Data, document: Data): Operation['security'] {
  const combinations: Data[] = security.length > 0 ? security : [{}];
  return combinations.map((combination) =>
    mapValues(combination, (scopes, name) => {
      const { description, ...scheme } = document.components.securitySchemes[name];
      return { ...scheme, scopes };
    }),
  );
}

const byKey = new Map(operations.map((operation) => [operation.key, operation]));

/** Returns the operation of a route, or undefined if the document does not have it. */
export function operationOf({ method, path }: Route): Operation | undefined {
  return byKey.get(`${method} ${path}`);
}

/** Replaces each reference within the document by what it refers to. */
function resolve(node: Data, document: Data): Data {
  if (Array.isArray(node)) return node.map((item) => resolve(item, document));
  if (typeof node !== 'object' || node === null) return node;
  if (typeof node.$ref === 'string') {
    const { $ref, ...others } = node;
    const [, ...keys] = $ref.split('/');
    const target = keys.reduce((at: Data, key: string) => at[key], document);
    return { ...resolve({ ...target, ...others }, document), component: keys.at(-1) };
  }
  return mapValues(node, (value) => resolve(value, document));
}

/** Forbids unknown fields, which the document allows, so that clients accept future ones. */
function close(node: Data): Data {
  if (Array.isArray(node)) return node.map(close);
  if (typeof node !== 'object' || node === null) return node;
  const closed = mapValues(node, close);
  return closed.properties ? { additionalProperties: false, ...closed } : closed;
}

function mapValues(node: Data, change: (value: Data, name: string) => Data): Data {
  return Object.fromEntries(
    Object.entries(node).map(([name, value]) => [name, change(value, name)]),
  );
}
