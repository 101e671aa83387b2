import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/** The folder of the files in the bundle of `docs`, which is where Lambda runs a function. */
export const BUNDLED_DOCS = 'files';

const PAGE = 'infra/docs-page/index.html';
const SCRIPTS = {
  'standalone.js': 'node_modules/@scalar/api-reference/dist/browser/standalone.js',
  'start.js': 'infra/docs-page/start.js',
};

/**
 * Writes the files of the API reference to a folder, compressed and under the names that
 * `lib/http/static-files.ts` expects. The names of scripts have a hash of the content, so that
 * browsers may keep them forever.
 */
export async function buildDocs(folder: string): Promise<void> {
  await mkdir(join(folder, 'docs'), { recursive: true });
  const write = async (name: string, content: string | Buffer) =>
    writeFile(join(folder, `${name}.gz`), await promisify(gzip)(content));
  let page = await readFile(PAGE, 'utf8');
  const scripts = Object.entries(SCRIPTS).map(async ([name, source]) => {
    const content = await readFile(source);
    const hash = createHash('sha256').update(content).digest('hex').slice(0, 16);
    const hashed = name.replace('.js', `-${hash}.js`);
    page = page.replace(`/docs/${name}`, `/docs/${hashed}`);
    await write(`docs/${hashed}`, content);
  });
  await Promise.all([...scripts, write('openapi.json', await readFile('openapi.json'))]);
  await write('docs.html', page);
}
