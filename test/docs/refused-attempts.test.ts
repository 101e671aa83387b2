import { expect, test } from '@jest/globals';
import { REFUSED_ATTEMPTS } from '../../infra/refused-attempts.ts';
import { codeBlocks } from '../support/markdown.ts';

test('docs/operations.md has the query for refused administrative attempts of the dashboard', () => {
  expect(codeBlocks('docs/operations.md', 'text')).toContain(`${REFUSED_ATTEMPTS.join('\n| ')}\n`);
});
