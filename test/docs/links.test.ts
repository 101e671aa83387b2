import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { anchorsIn, linksIn } from '../support/markdown.ts';

const DOCS = readdirSync('docs', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md'))
  .map((name) => join('docs', name));

/** Returns the links of a file to files and headings of this project. */
function localLinks(file: string) {
  return linksIn(file)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = '', anchor] = target.split('#');
      return { target, path: path === '' ? file : join(dirname(file), path), anchor };
    });
}

test.each(['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md', ...DOCS])(
  'every link in %s leads to a file or heading that exists',
  (file) => {
    const broken = localLinks(file).filter(
      ({ path, anchor }) =>
        !existsSync(path) || (anchor !== undefined && !anchorsIn(path).includes(anchor)),
    );
    expect(broken.map(({ target }) => target)).toEqual([]);
  },
);

test('every document can be reached from README.md by links', () => {
  const reached = new Set(['README.md']);
  for (const file of reached) {
    for (const { path } of localLinks(file)) {
      if (path.endsWith('.md') && existsSync(path)) reached.add(path);
    }
  }
  expect(DOCS.filter((file) => !reached.has(file))).toEqual([]);
  for (const file of ['CONTRIBUTING.md', 'SECURITY.md']) expect(reached).toContain(file);
});
