import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { routes } from '../../lib/routes.ts';

const reference = readFileSync('docs/api.md', 'utf8');

// HEAD has one sentence for all routes that take it.
test.each(routes.filter(({ method }) => !['HEAD', 'ANY'].includes(method)))(
  'docs/api.md has $method $path',
  ({ method, path }) => {
    expect(reference).toContain(`\`${method} ${path}\``);
  },
);
