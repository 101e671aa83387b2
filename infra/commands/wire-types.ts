import { compile, type JSONSchema } from 'json-schema-to-typescript';
import type { oas31 } from 'zod-openapi';

const KEYS = '/api/v1/keys';
const KEY = '/api/v1/keys/{key_id}';
const ROTATE = '/api/v1/keys/{key_id}/rotate';
const VALIDATE = '/api/v1/keys/validate';
const AUDIT = '/api/v1/keys/{key_id}/audit';
const AUDIT_LOG = '/api/v1/audit';
const EXPLAIN = '/api/v1/keys/explain';
const POSTURE = '/api/v1/security/posture';
const RECORD = '/api/v1/usage/{key_id}';
const DEBIT = '/api/v1/usage/{key_id}/debit';
const STATISTICS = '/api/v1/usage/{key_id}/stats';
const BILL = '/api/v1/usage/{key_id}/billing';
const TOTALS = '/api/v1/usage/aggregate';

type Method = 'get' | 'post' | 'patch' | 'delete';

/** Each type by its name: an operation, and its request, its query or the status of an answer. */
const TYPES: Record<string, readonly [Method, path: string, part: string]> = {
  ValidateRequest: ['post', VALIDATE, 'request'],
  ValidKey: ['post', VALIDATE, '200'],
  RefusedKey: ['post', VALIDATE, '401'],
  LimitedKey: ['post', VALIDATE, '429'],
  UsageReport: ['post', RECORD, 'request'],
  UsageDebited: ['post', DEBIT, '200'],
  OverLimit: ['post', DEBIT, '402'],
  ApiKeyInfo: ['get', KEY, '200'],
  IssuedKey: ['post', KEYS, '201'],
  CreateKeyRequest: ['post', KEYS, 'request'],
  ListKeysQuery: ['get', KEYS, 'query'],
  UpdateKeyRequest: ['patch', KEY, 'request'],
  RotateKeyRequest: ['post', ROTATE, 'request'],
  RevokeKeyRequest: ['delete', KEY, 'request'],
  KeyRevoked: ['delete', KEY, '200'],
  ExplainRequest: ['post', EXPLAIN, 'request'],
  Explanation: ['post', EXPLAIN, '200'],
  AuditTrail: ['get', AUDIT, '200'],
  AuditTrailQuery: ['get', AUDIT, 'query'],
  AuditLog: ['get', AUDIT_LOG, '200'],
  AuditLogQuery: ['get', AUDIT_LOG, 'query'],
  Posture: ['get', POSTURE, '200'],
  UsageStatistics: ['get', STATISTICS, '200'],
  UsageStatisticsQuery: ['get', STATISTICS, 'query'],
  Bill: ['get', BILL, '200'],
  UsageTotals: ['get', TOTALS, '200'],
  UsageTotalsQuery: ['get', TOTALS, 'query'],
  InvalidRequest: ['post', KEYS, '400'],
};

/** Writes the module of the client with the types of the requests and answers that it uses. */
export async function writeWireTypes(document: oas31.OpenAPIObject): Promise<string> {
  const types = ['// Written by `npm run openapi` from the schemas of the service.'];
  for (const [name, type] of Object.entries(TYPES)) {
    types.push(
      await compile(withTypeNames(schemaOf(document, ...type)), name, {
        // An index signature would let the compiler accept a misspelt field.
        additionalProperties: false,
        bannerComment: '',
        // Otherwise a list of up to 20 becomes a union of 21 tuples.
        ignoreMinAndMaxItems: true,
        style: { singleQuote: true, printWidth: 100 },
      }),
    );
  }
  return types.join('\n');
}

/** Returns the JSON Schema of a request, a query or an answer. */
function schemaOf(
  document: oas31.OpenAPIObject,
  method: Method,
  path: string,
  part: string,
): JSONSchema {
  const { parameters = [], requestBody, responses = {} } = document.paths?.[path]?.[method] ?? {};
  if (part === 'query') {
    const inQuery = parameters.filter((one) => 'in' in one && one.in === 'query');
    return queryOf(inQuery as oas31.ParameterObject[]);
  }
  const { content } = resolve<oas31.RequestBodyObject | oas31.ResponseObject>(
    document,
    part === 'request' ? requestBody : responses[part],
  );
  const [media] = Object.values(content ?? {});
  // Both are JSON Schema, in the types of two libraries.
  return resolve<oas31.SchemaObject>(document, media?.schema) as JSONSchema;
}

function queryOf(parameters: readonly oas31.ParameterObject[]): JSONSchema {
  const properties = parameters.map(({ name, description, schema }) => [
    name,
    { ...schema, description },
  ]);
  return { type: 'object', properties: Object.fromEntries(properties) };
}

/** Replaces references inside a schema with the types of their components, which have their names. */
function withTypeNames(schema: JSONSchema): JSONSchema {
  return JSON.parse(JSON.stringify(schema), (_, value) => {
    if (typeof value?.$ref !== 'string') return value;
    return { tsType: value.$ref.split('/').at(-1), description: value.description };
  });
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
