import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { functionNames } from '../../../lib/routes.ts';
import type { Bench } from '../setup.ts';
import { median, round } from '../statistics.ts';

const LOADS = 11;

/** Measures loading each bundle, and the first validation, in fresh processes. */
export async function measureColdStarts({ folder, sizes, start, progress }: Bench) {
  const names = ['sdk-only', ...functionNames] as const;
  const times: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]));
  for (let i = 0; i < LOADS; i++) {
    for (const name of names) times[name]?.push(await loadTime(`${folder}/${name}/index.mjs`));
    progress('loading every bundle in fresh processes', (i + 1) / LOADS);
  }
  const first: number[] = [];
  for (let i = 0; i < LOADS; i++) {
    const worker = await start(Math.max(...sizes));
    const { walls } = await worker.run({ operation: 'validate cold', count: 1 });
    first.push(walls[0] ?? Number.NaN);
    progress('validating in fresh processes', (i + 1) / LOADS);
  }
  const sdkOnly = median(times['sdk-only'] ?? []);
  return {
    firstValidationMs: round(median(first)),
    bundles: names.map((name) => ({
      name,
      kb: round(staticSize(`${folder}/${name}`, 'index.mjs') / 1024, 0),
      loadMs: round(median(times[name] ?? []), 1),
      ratio: round(median(times[name] ?? []) / sdkOnly),
    })),
  };
}

/** Returns the milliseconds that a fresh process takes to load a bundle. */
async function loadTime(file: string): Promise<number> {
  const script = `
    const began = performance.now();
    await import(${JSON.stringify(file)});
    console.log(performance.now() - began);
  `;
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '-e',
    script,
  ]);
  return Number(stdout);
}

/** Returns the bytes of a module and of every module that it imports statically. */
function staticSize(folder: string, file: string, seen = new Set<string>()): number {
  if (seen.has(file)) return 0;
  seen.add(file);
  const source = readFileSync(join(folder, file), 'utf8');
  const imported = [...source.matchAll(/(?:from|import)"\.\/([\w-]+\.mjs)"/g)];
  return imported.reduce(
    (total, [, name = '']) => total + staticSize(folder, name, seen),
    Buffer.byteLength(source),
  );
}
