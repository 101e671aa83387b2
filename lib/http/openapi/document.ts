import {
  createDocument,
  type oas31,
  type ZodOpenApiOperationObject,
  type ZodOpenApiOverride,
} from 'zod-openapi';
import packageJson from '../../../package.json' with { type: 'json' };
import { routes } from '../../routes.ts';
import { KEY_ID } from './examples.ts';
import { COMMON_HEADERS, HEADERS, headersOf } from './headers.ts';
import { bodyOf, parametersOf } from './inputs.ts';
import { INTRODUCTION } from './introduction.ts';
import { type Caller, type Operation, TAGS } from './operation.ts';
import { operations } from './operations.ts';
import { type ProblemName, sharedAnswers, statusOf } from './problems.ts';
import { simplify } from './simplify.ts';

/** The credentials of each kind of caller; `{}` is none. */
const SECURITY: Record<Caller, Record<string, []>[]> = {
  administrator: [{ adminToken: [] }],
  auditor: [{ adminToken: [] }, { auditorToken: [] }],
  reporter: [{ key: [] }, { adminToken: [] }, { serviceToken: [] }, {}],
  'holder of a key': [{ key: [] }, { keyHeader: [] }, {}],
  anyone: [],
};

const bearer = (description: string): oas31.SecuritySchemeObject => ({
  type: 'http',
  scheme: 'bearer',
  description,
});

const KEY_ID_PARAMETER: oas31.ParameterObject = {
  in: 'path',
  name: 'key_id',
  required: true,
  description: 'The key. Upper and lower case are the same.',
  schema: { type: 'string', format: 'uuid' },
  example: KEY_ID,
};

/**
 * Makes the OpenAPI document of the service from its routes and the schemas of what they receive
 * and answer.
 */
export function createOpenApi() {
  return createDocument(
    {
      openapi: '3.1.0',
      info: {
        title: 'Hokusai API keys',
        version: packageJson.version,
        description: INTRODUCTION,
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/', description: 'The deployment that serves this document' }],
      tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
      paths: paths(),
      components: {
        headers: { ...COMMON_HEADERS, ...HEADERS },
        responses: sharedAnswers(),
        securitySchemes: {
          adminToken: bearer(
            'The admin token of the deployment, which rotates, or a named token with the role `admin`.',
          ),
          auditorToken: bearer('A named token with the role `auditor`.'),
          serviceToken: bearer(
            'A named token with the role `service`, for keys of its own service.',
          ),
          key: bearer('An API key.'),
          keyHeader: {
            type: 'apiKey',
            in: 'header',
            name: 'X-API-Key',
            description: 'An API key.',
          },
        },
      },
    },
    { override },
  );
}

function paths() {
  const described: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const { method, path } of routes) {
    const operation = operationOf(method, path);
    if (operation) described[path] = { ...described[path], [method.toLowerCase()]: operation };
  }
  return described;
}

/** Documents a route; `$default` and the files of the reference page are no operations. */
function operationOf(method: string, path: string): ZodOpenApiOperationObject | undefined {
  const isHead = method === 'HEAD';
  const key = `${isHead ? 'GET' : method} ${path}`;
  const operation = (operations as Record<string, Operation>)[key];
  if (!operation) return undefined;
  const { operationId, tag, summary, description, caller, body, query } = operation;
  return {
    operationId: isHead ? `${operationId}Head` : operationId,
    tags: [tag],
    summary: isHead ? `${summary}, without a body` : summary,
    description,
    security: SECURITY[caller],
    parameters: [
      ...(path.includes('{key_id}') ? [KEY_ID_PARAMETER] : []),
      ...(query ? parametersOf(query) : []),
    ],
    ...(body && { requestBody: bodyOf(body) }),
    responses: answersOf(operation, path, isHead),
  };
}

function answersOf(operation: Operation, path: string, isHead: boolean) {
  return {
    ...Object.fromEntries(
      problemsOf(operation, path).map((name) => [
        statusOf(name),
        { $ref: `#/components/responses/${name}` },
      ]),
    ),
    ...Object.fromEntries(
      Object.entries(operation.answers).map(
        ([status, { description, schema, headers, examples }]) => [
          status,
          {
            description,
            headers: headersOf(Number(status), headers),
            ...(!isHead && { content: { 'application/json': { schema, examples } } }),
          },
        ],
      ),
    ),
    default: { $ref: '#/components/responses/Gateway' },
  };
}

/** Returns the problems of an operation: those that its parts bring with them, and its own. */
function problemsOf(operation: Operation, path: string): ProblemName[] {
  const { caller, body, query, problems = [] } = operation;
  const authenticates = caller !== 'holder of a key' && caller !== 'anyone';
  return [
    ...(body || query ? (['InvalidRequest'] as const) : []),
    ...(authenticates ? (['NotAuthenticated', 'Forbidden'] as const) : []),
    ...(path.includes('{key_id}') ? (['KeyNotFound'] as const) : []),
    ...(body ? (['TooLarge', 'NotJson'] as const) : []),
    ...problems,
    ...(caller === 'anyone' ? [] : (['Unavailable'] as const)),
    'InternalError',
  ];
}

/** Adapts the schema of an answer. Clients must accept fields that are added to it. */
const override: ZodOpenApiOverride = (context) => {
  simplify(context);
  const { jsonSchema, io } = context;
  if (io !== 'output') return;
  // The limit of JavaScript's integers, which zod adds to each of them.
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
};
