import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { withTables } from '../../infra/commands/reference-tables.ts';
import { hasValidChecksum, parseKey } from '../../lib/domain/key.ts';
import { createOpenApi } from '../../lib/http/openapi/document.ts';
import { routes } from '../../lib/routes.ts';
import { checkSchema } from '../support/contract/check.ts';
import { operations } from '../support/contract/document.ts';

const text = readFileSync('openapi.json', 'utf8');

test('openapi.json is what `npm run openapi` writes', () => {
  expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(createOpenApi())));
});

test('the tables of docs/api.md are what `npm run openapi` writes', () => {
  const markdown = readFileSync('docs/api.md', 'utf8');
  expect(markdown).toBe(withTables(markdown, createOpenApi()));
});

test('the types of the client are what `npm run openapi` writes', () => {
  // The generator's formatter imports modules in a way that jest does not support.
  const script = `
    import { readFileSync } from 'node:fs';
    import { writeWireTypes } from './infra/commands/wire-types.ts';
    process.stdout.write(await writeWireTypes(JSON.parse(readFileSync('openapi.json', 'utf8'))));
  `;
  const args = ['--import', 'tsx', '--input-type=module', '--eval', script];
  const written = execFileSync(process.execPath, args, { encoding: 'utf8' });
  expect(readFileSync('client/src/wire.ts', 'utf8')).toBe(written);
});

test.each([
  ['without an end before the next', 'No <!-- end --> follows', '<!-- fields: Bill -->\n## Next\n'],
  ['of an unknown name', 'openapi.json has no Nothing', '<!-- fields: Nothing -->\n<!-- end -->'],
  ['without fields', 'no fields of getHealth', '<!-- fields: getHealth -->\n<!-- end -->'],
])('refuses a place for a table %s', (_, message, place) => {
  const next = '<!-- fields: Bill -->\n<!-- end -->';
  expect(() => withTables(`${place}\n${next}`, createOpenApi())).toThrow(message);
});

test('openapi.json has every route but those of the API reference itself', () => {
  const described = routes.filter((route) => !['docs', 'not-found'].includes(route.function));
  expect(operations.map(({ key }) => key).sort()).toEqual(
    described.map(({ method, path }) => `${method} ${path}`).sort(),
  );
});

test('every example of an answer has all fields of its schema and no others', () => {
  const wrong = operations.flatMap(({ key, responses }) =>
    Object.entries(responses).flatMap(([status, { content = {} }]) =>
      Object.values(content).flatMap(({ schema, examples = {} }) =>
        Object.entries(examples).flatMap(([name, { value }]) =>
          checkSchema(schema, value).map((error) => `${key} ${status} ${name}: ${error}`),
        ),
      ),
    ),
  );
  expect(wrong).toEqual([]);
});

test('the keys in the examples have a wrong checksum', () => {
  const keys = [...text.matchAll(/hk_(live|test|dev)_\w{32}/g)].map(([key]) => parseKey(key));
  expect(keys.length).toBeGreaterThan(0);
  expect(keys.filter((key) => !key || hasValidChecksum(key))).toEqual([]);
});
