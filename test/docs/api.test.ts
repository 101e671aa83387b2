import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { routes } from '../../lib/routes.ts';

const reference = readFileSync('docs/api.md', 'utf8');

// HEAD has one sentence for all routes that take it.
test('docs/api.md describes every route', () => {
  const described = routes.filter(({ method }) => !['HEAD', 'ANY'].includes(method));
  const missing = described
    .map(({ method, path }) => `\`${method} ${path}\``)
    .filter((route) => !reference.includes(route));
  expect(missing).toEqual([]);
});
