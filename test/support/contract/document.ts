import { readFileSync } from 'node:fs';

/** A part of the document that operations share, by its name. */
interface Shared {
  readonly component?: string;
}

/** A JSON Schema of the document. */
export interface Schema extends Shared {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | false;
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
}

interface Content {
  readonly schema: Schema;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

export interface Answer extends Shared {
  readonly headers?: Readonly<
    Record<string, { readonly required?: boolean; readonly schema: Schema }>
  >;
  readonly content?: Readonly<Record<string, Content>>;
}

interface Parameter {
  readonly in: 'path' | 'query';
  readonly name: string;
  readonly schema: Schema;
}

/** An operation of the document, without references. */
export interface Operation {
  /** The method and path of the route, such as `GET /health`. */
  readonly key: string;
  readonly pattern: RegExp;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: {
    readonly content: { readonly 'application/json': { readonly schema: Schema } };
  };
  readonly responses: Readonly<Record<string, Answer>>;
}

// The document is our own JSON; the interfaces above name the parts of it that are read here.
// biome-ignore lint/suspicious/noExplicitAny: see above
type Data = any;

/** Every operation of `openapi.json`, paths with parameters last. Its answers may have no fields but those of their schemas. */
export const operations: readonly Operation[] = readOperations();

function readOperations(): Operation[] {
  const document: Data = JSON.parse(readFileSync('openapi.json', 'utf8'));
  const paths = Object.entries<Data>(document.paths).sort(
    ([a], [b]) => Number(a.includes('{')) - Number(b.includes('{')),
  );
  return paths.flatMap(([path, methods]) =>
    Object.entries<Data>(methods).map(([method, operation]) => ({
      ...resolve(operation, document),
      responses: close(resolve(operation.responses, document)),
      key: `${method.toUpperCase()} ${path}`,
      pattern: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`),
    })),
  );
}

/** Returns the operation of a request. A literal path comes before one with parameters. */
export function operationOf(method: string, path: string): Operation | undefined {
  return operations.find(({ key, pattern }) => key.startsWith(`${method} `) && pattern.test(path));
}

/** Replaces each reference within the document by what it refers to. */
function resolve(node: Data, document: Data): Data {
  if (Array.isArray(node)) return node.map((item) => resolve(item, document));
  if (typeof node !== 'object' || node === null) return node;
  if (typeof node.$ref === 'string') {
    const [, ...keys] = node.$ref.split('/');
    const target = keys.reduce((at: Data, key: string) => at[key], document);
    return { ...resolve(target, document), component: keys.at(-1) };
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

function mapValues(node: Data, change: (value: Data) => Data): Data {
  return Object.fromEntries(Object.entries(node).map(([name, value]) => [name, change(value)]));
}
