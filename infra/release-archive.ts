import { readdirSync, readFileSync } from 'node:fs';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { type BuildOptions, build } from 'esbuild';
import { functionNames } from '../lib/routes.ts';
import { BUILD } from './bundles.ts';
import { DEFAULTS } from './local/settings.ts';

/** The archive of the last release, which the tests run beside the working tree. */
export const LAST_RELEASE = 'test/releases/last-release.br';

// Paths in the archive.
export const FUNCTIONS = 'functions.mjs';
export const DEFAULT_VARIABLES = 'variables.json';
const KIT = 'test/conformance';
export const KIT_COMMAND = `${KIT}/main.mjs`;

/** Texts by their path in the archive. */
export type ReleaseFiles = Readonly<Record<string, string>>;

/** Returns what tests need to run the working tree later: its functions and its conformance kit. */
export async function buildRelease(): Promise<ReleaseFiles> {
  const workflows = readdirSync(KIT).filter((name) => name.endsWith('.yaml'));
  const copied = ['package.json', 'openapi.json', ...workflows.map((name) => `${KIT}/${name}`)];
  return {
    [FUNCTIONS]: await buildFunctions(),
    [DEFAULT_VARIABLES]: JSON.stringify(DEFAULTS),
    [KIT_COMMAND]: await bundle({ entryPoints: [`${KIT}/main.ts`], packages: 'external' }),
    ...Object.fromEntries(copied.map((path) => [path, readFileSync(path, 'utf8')])),
  };
}

/** Builds all functions into one module, which exports each handler by its function's name. */
export function buildFunctions(): Promise<string> {
  const contents = functionNames
    .map((name) => `export { handler as '${name}' } from './functions/${name}.ts';`)
    .join('\n');
  return bundle({ stdin: { contents, resolveDir: '.', loader: 'ts' } });
}

async function bundle(options: BuildOptions): Promise<string> {
  const { outputFiles = [] } = await build({
    ...BUILD,
    splitting: false,
    write: false,
    outdir: '.',
    ...options,
  });
  return outputFiles[0]?.text ?? '';
}

export function pack(files: ReleaseFiles): Buffer {
  const text = Buffer.from(JSON.stringify(files));
  const params = { [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS };
  return brotliCompressSync(text, { params });
}

export function unpack(archive: Buffer): ReleaseFiles {
  return JSON.parse(brotliDecompressSync(archive).toString());
}
