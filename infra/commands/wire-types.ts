import { compile, type JSONSchema } from 'json-schema-to-typescript';
import type { oas31 } from 'zod-openapi';

const VALIDATE = '/api/v1/keys/validate';
const RECORD = '/api/v1/usage/{key_id}';
const DEBIT = '/api/v1/usage/{key_id}/debit';

/** Each type by its name: the path of an operation, and its request or the status of an answer. */
const TYPES = {
  ValidateRequest: [VALIDATE, 'request'],
  ValidKey: [VALIDATE, '200'],
  RefusedKey: [VALIDATE, '401'],
  LimitedKey: [VALIDATE, '429'],
  UsageReport: [RECORD, 'request'],
  UsageDebited: [DEBIT, '200'],
  OverLimit: [DEBIT, '402'],
} as const;

/** Writes the module of the client with the types of the requests and answers that it uses. */
export async function writeWireTypes(document: oas31.OpenAPIObject): Promise<string> {
  const types = ['// Written by `npm run openapi` from the schemas of the service.'];
  for (const [name, [path, part]] of Object.entries(TYPES)) {
    types.push(
      await compile(schemaOf(document, path, part), name, {
        // An index signature would let the compiler accept a misspelt field.
        additionalProperties: false,
        bannerComment: '',
        style: { singleQuote: true, printWidth: 100 },
      }),
    );
  }
  return types.join('\n');
}

/** Returns the JSON Schema of a request or an answer. */
function schemaOf(document: oas31.OpenAPIObject, path: string, part: string): JSONSchema {
  const { requestBody, responses = {} } = document.paths?.[path]?.post ?? {};
  const { content } = resolve<oas31.RequestBodyObject | oas31.ResponseObject>(
    document,
    part === 'request' ? requestBody : responses[part],
  );
  const [media] = Object.values(content ?? {});
  // Both are JSON Schema, in the types of two libraries.
  return resolve<oas31.SchemaObject>(document, media?.schema) as JSONSchema;
}

/**
 * Follows a reference to a component.
 * @throws Error if there is nothing
 */
function resolve<T extends object>(
  document: oas31.OpenAPIObject,
  part: T | oas31.ReferenceObject | undefined,
): T {
  if (!part) throw new Error('The document lacks a request or an answer of the client');
  if (!('$ref' in part)) return part;
  const [kind, name] = part.$ref.split('/').slice(2);
  const components = document.components as Record<string, Record<string, T>>;
  return resolve(document, components[kind ?? '']?.[name ?? '']);
}
