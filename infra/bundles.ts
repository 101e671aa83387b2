import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { functionNames } from '../lib/routes.ts';
import { BUNDLED_DOCS, buildDocs } from './docs-page/build.ts';

/**
 * Builds ES modules, which load in less than half the time of CommonJS. Splitting keeps the SDK's
 * other credential providers, which it imports on demand, in files that Lambda never loads.
 */
export const BUILD = {
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true,
  minify: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  mainFields: ['module', 'main'],
  logLevel: 'warning',
} as const satisfies BuildOptions;

/**
 * Builds every function into `<folder>/<function>/` with `index.mjs` as its entry point. Bundles
 * contain the SDK, so that deployed functions run the version that was tested. That of `docs` has
 * the files of the API reference too.
 */
export async function buildBundles(folder: string, sourceMaps: boolean): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  // One build per function: a common build would split code into files shared between functions.
  const builds = functionNames.map((name) =>
    build({
      ...BUILD,
      entryPoints: { index: `functions/${name}.ts` },
      outdir: `${folder}/${name}`,
      sourcemap: sourceMaps,
    }),
  );
  await Promise.all([...builds, buildDocs(`${folder}/docs/${BUNDLED_DOCS}`)]);
}

/** Copies bundles that have source maps, but without the maps: faster than a second build. */
export async function copyWithoutMaps(bundles: string, folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  const isNoMap = (path: string) => !path.endsWith('.mjs.map');
  await cp(bundles, folder, { recursive: true, filter: isNoMap });
  const files = await readdir(folder, { recursive: true });
  const modules = files.filter((file) => file.endsWith('.mjs')).map((file) => join(folder, file));
  await Promise.all(modules.map(removeLinkToMap));
}

async function removeLinkToMap(file: string): Promise<void> {
  const code = await readFile(file, 'utf8');
  await writeFile(file, code.replace(/\n\/\/# sourceMappingURL=.*\n$/, '\n'));
}
