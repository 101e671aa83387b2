import { symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { BUILD } from '../../infra/bundles.ts';

/** The programs that tests start, often several times. */
const PROGRAMS = [
  'infra/commands/rebuild-usage.ts',
  'infra/commands/restore.ts',
  'infra/local/main.ts',
  'test/support/flood.ts',
  'test/support/lease-client.ts',
  'test/support/release-process.ts',
  'test/support/stream-consumer.ts',
] as const;
type Program = (typeof PROGRAMS)[number];

/** The environment variable that names the folder of the bundles. */
const PROGRAMS_DIR = 'TEST_PROGRAMS_DIR';

/** Bundles the programs into a folder, because tsx takes a second of CPU at each start. */
export async function buildPrograms(folder: string): Promise<void> {
  await build({
    ...BUILD,
    minify: false,
    entryPoints: [...PROGRAMS],
    outbase: '.',
    outdir: folder,
    // These use `require`, which a bundled ES module does not have.
    external: ['aws-cdk-lib', 'cli-progress'],
  });
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  process.env[PROGRAMS_DIR] = folder;
}

/** Returns the bundle of a program, which Node.js runs. */
export function programOf(source: Program): string {
  return join(process.env[PROGRAMS_DIR] ?? '', source.replace(/ts$/, 'mjs'));
}
