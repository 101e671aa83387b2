import { rm } from 'node:fs/promises';
import { type BuildOptions, build } from 'esbuild';
import { functionNames } from '../lib/routes.ts';

/**
 * ES modules throughout, as they load in less than half the time of CommonJS. What the SDK imports only
 * where it has no credentials, which on Lambda it always has, stays in files of its own and unread.
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
 * Builds every function into `<folder>/<function>/`, beginning at `index.mjs`, with all it needs, the SDK
 * included, so that what was tested is what runs.
 */
export async function buildBundles(folder: string, sourceMaps: boolean): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  // Each by itself, as functions share no files.
  const builds = functionNames.map((name) =>
    build({
      ...BUILD,
      entryPoints: { index: `functions/${name}.ts` },
      outdir: `${folder}/${name}`,
      sourcemap: sourceMaps,
    }),
  );
  await Promise.all(builds);
}
