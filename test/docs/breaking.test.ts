import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { breakingChanges, unannounced } from '../support/contract/breaking.ts';
import type { Data } from '../support/contract/document.ts';

const current: Data = JSON.parse(readFileSync('openapi.json', 'utf8'));
/** The paths that tests change. To compare all paths for each test would take seconds. */
const CHANGED = ['/api/v1/keys', '/api/v1/keys/validate', '/ready'];
const paths = Object.fromEntries(CHANGED.map((path) => [path, current.paths[path]]));
const text = JSON.stringify({ ...current, paths });
const set = Object.assign;
const QUERY = { in: 'query', name: 'q', required: true, schema: {} };
const RENAMED = JSON.parse(text.replaceAll('ValidKey', 'Valid'));
const NULLABLE = { type: ['string', 'null'] };

test('CHANGELOG.md announces every breaking change since the last version', () => {
  const released = JSON.parse(readFileSync('test/docs/released-openapi.json', 'utf8'));
  const changes = unannounced(released, current, readFileSync('CHANGELOG.md', 'utf8'));
  if (changes.length === 0) return;
  throw new Error(
    `openapi.json may break clients of the last version:\n\n${changes.join('\n')}\n\nMake these ` +
      'changes compatible, or announce each operation at the top of CHANGELOG.md in a line such ' +
      'as "- 2026-11-25: breaking: `POST /api/v1/keys` requires a scope."',
  );
});

/** Returns a copy of those paths and the parts of it that the tests change. */
function copy() {
  const document: Data = JSON.parse(text);
  const { schemas, securitySchemes: schemes, headers } = document.components;
  const { post: create, get: list } = document.paths['/api/v1/keys'];
  const { post: validate } = document.paths['/api/v1/keys/validate'];
  const { get: ready } = document.paths['/ready'];
  const { 200: accepted, 401: refused } = validate.responses;
  const body = create.requestBody.content['application/json'].schema;
  const { billing_plan: plan } = body.properties;
  const limit = list.parameters.find(({ name }: Data) => name === 'limit');
  const { schema: page } = list.responses[200].content['application/json'];
  const { properties: valid } = schemas.ValidKey;
  const { properties: refusal } = refused.content['application/json'].schema;
  const shared = { document, schemes, headers, create, list, validate, ready };
  return { ...shared, body, fields: body.properties, plan, limit, page, accepted, valid, refusal };
}

type Edit = (parts: ReturnType<typeof copy>) => unknown;

function changesOf(edit: Edit): string[] {
  const parts = copy();
  edit(parts);
  return breakingChanges(JSON.parse(text), parts.document);
}

/** Makes a row of each edit of a place and the change that it is. */
const at = (place: string, edits: Readonly<Record<string, Edit>>) =>
  Object.entries(edits).map(([change, edit]) => [`${place} ${change}`, edit] as const);

test.each([
  ...at('POST /api/v1/keys:', {
    'was removed': ({ document }) => delete document.paths['/api/v1/keys'].post,
    'no longer accepts a request with adminToken': ({ create }) => create.security.pop(),
    'request body `application/json` was removed': ({ create }) => delete create.requestBody,
  }),
  ...at('POST /api/v1/keys: request field', {
    '`a` is new and required': (of) => set(of.fields, { a: {} }) && of.body.required.push('a'),
    '`scopes.[]` no longer accepts string': (of) => set(of.fields.scopes.items, { type: 'null' }),
    '`environment` no longer accepts "test"': ({ fields }) => fields.environment.enum.splice(1, 1),
    '`name.[]` is new and required': ({ fields }) => set(fields.name, { items: {} }),
    '`name.*` is new and required': ({ fields }) => set(fields.name, { additionalProperties: {} }),
  }),
  ...at('POST /api/v1/keys: request field `billing_plan`', {
    'was removed': ({ fields }) => delete fields.billing_plan,
    'became required': ({ body }) => body.required.push('billing_plan'),
    'no longer accepts null': ({ plan }) => set(plan, { type: 'string' }),
    'no longer accepts other values': ({ plan }) => set(plan, { enum: ['free', null] }),
    'has `minLength` 2 instead of 1': ({ plan }) => set(plan, { minLength: 2 }),
    'has `maxLength` 99 instead of 100': ({ plan }) => set(plan, { maxLength: 99 }),
    'has `minimum` 1 instead of none': ({ plan }) => set(plan, { minimum: 1 }),
    'has `anyOf` [] instead of none': ({ plan }) => set(plan, { anyOf: [] }),
    'has `additionalProperties` false instead of none': ({ plan }) =>
      set(plan, { additionalProperties: false }),
    'has `default` "paid" instead of "free"': ({ plan }) => set(plan, { default: 'paid' }),
  }),
  ...at('GET /api/v1/keys:', {
    'query parameter `limit` was removed': ({ limit }) => set(limit, { name: 'q' }),
    'query parameter `q` is new and required': ({ list }) => list.parameters.push(QUERY),
    'query parameter `limit` became required': ({ limit }) => set(limit, { required: true }),
    'query parameter `limit` has `style` 1 instead of none': (of) => set(of.limit, { style: 1 }),
    'answer 200 field `[]` has `not` {} instead of none': (of) => set(of.page.items, { not: {} }),
    'answer 200 header `Link` was removed': ({ list }) => delete list.responses[200].headers.Link,
    'answer 200 header `Link` can now be null': ({ list, headers: { Link } }) =>
      set(list.responses[200].headers, {
        Link: { ...Link, schema: { ...Link.schema, ...NULLABLE } },
      }),
  }),
  ...at('GET /ready:', {
    'no longer accepts a request with no credentials': (of) => of.ready.security.push({ key: [] }),
  }),
  ...at('POST /api/v1/keys/validate:', {
    'no longer accepts a request with keyHeader': (of) => set(of.schemes.keyHeader, { name: 'a' }),
    'request body `application/json` became required': ({ validate }) =>
      set(validate.requestBody, { required: true }),
    'answer 401 was removed': ({ validate }) => delete validate.responses[401],
    'answer 202 is new': ({ validate }) => set(validate.responses, { 202: {} }),
    'answer 200 body `application/json` was removed': ({ accepted }) => delete accepted.content,
    'answer 200 body `a/b` is new': (of) => set(of.accepted.content, { 'a/b': { schema: {} } }),
    'answer 200 header `RateLimit` became optional': ({ accepted, headers }) =>
      set(accepted.headers, { RateLimit: { ...headers.RateLimit, required: false } }),
    'answer 401 field `code` can now be null': ({ refusal }) => set(refusal.code, NULLABLE),
  }),
  ...at('POST /api/v1/keys/validate: answer 200 field', {
    '`key_id` was removed': ({ valid }) => delete valid.key_id,
    '`key_id` can now be null': ({ valid }) => set(valid.key_id, NULLABLE),
    '`key_id` has `format` none instead of "uuid"': ({ valid }) => delete valid.key_id.format,
    '`is_valid` has `const` none instead of true': ({ valid }) => delete valid.is_valid.const,
    '`environment` can now be "demo"': ({ valid }) => valid.environment.enum.push('demo'),
    '`environment` can now be other values': ({ valid }) => delete valid.environment.enum,
    '`rate_limit.reset_at` became optional': ({ valid }) => valid.rate_limit.required.pop(),
  }),
])('reports %s', (line, edit) => {
  expect(changesOf(edit)).toEqual([line]);
});

test.each<[string, Edit]>([
  ['a new operation', ({ document, list }) => set(document.paths, { '/new': { get: list } })],
  ['a new kind of credentials', ({ create }) => create.security.push({ key: [] })],
  ['a new optional parameter', ({ list }) => list.parameters.push({ ...QUERY, required: false })],
  ['a new optional field of a request', ({ fields }) => set(fields, { a: {} })],
  ['a body that became optional', ({ create }) => set(create.requestBody, { required: false })],
  ['a looser upper bound', ({ plan }) => set(plan, { maxLength: 101 })],
  ['a looser lower bound', ({ plan }) => set(plan, { minLength: 0 })],
  ['a removed bound', ({ plan }) => delete plan.maxLength],
  ['a new type in a request', ({ fields }) => set(fields.name, NULLABLE)],
  ['a new value in a request', ({ fields }) => fields.environment.enum.push('demo')],
  ['a new error', ({ validate }) => set(validate.responses, { 410: {} })],
  ['a new value in an error', ({ refusal }) => refusal.code.enum.push('demo')],
  ['a new header', ({ accepted }) => set(accepted.headers, { Age: { required: true } })],
  ['a new field of an answer', ({ valid }) => set(valid, { a: {} })],
  ['another bound of an answer', ({ valid }) => set(valid.rate_limit_per_hour, { minimum: 1 })],
  ['another description and example', ({ plan }) => set(plan, { description: '', example: 1 })],
  ['another description of credentials', (of) => set(of.schemes.key, { description: '' })],
  ['a renamed component', ({ document }) => set(document, RENAMED)],
])('allows %s', (_, edit) => {
  expect(changesOf(edit)).toEqual([]);
});

const ANNOUNCED = '- 2026-11-25: breaking: `POST /api/v1/keys` has no 201.\n';

test.each([
  [0, 'announces it', `# Changelog\n\n${ANNOUNCED}\n## 1.2.3\n\n`],
  [1, 'announces it in an older version', `# Changelog\n\n## 1.2.3\n\n${ANNOUNCED}`],
  [1, 'does not call it breaking', ANNOUNCED.replace('breaking: ', '')],
  [1, 'names a longer path', ANNOUNCED.replace('keys', 'keys/validate')],
])('finds %i unannounced changes if CHANGELOG.md %s', (count, _, changelog) => {
  const { document, create } = copy();
  delete create.responses[201];
  expect(unannounced(JSON.parse(text), document, changelog)).toHaveLength(count);
});
