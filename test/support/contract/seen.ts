import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RUN_DIR } from '../synth.ts';

const seen = new Set<string>();

/** Remembers features of the OpenAPI document that an exchange has shown. */
export function remember(features: Iterable<string>): void {
  for (const feature of features) seen.add(feature);
}

/** Saves what this test file has seen for the end of the run. */
export function saveSeen(): void {
  if (seen.size === 0) return;
  mkdirSync(folder(), { recursive: true });
  writeFileSync(join(folder(), randomUUID()), JSON.stringify([...seen]));
}

/** Returns what all test files of this run have seen. */
export function readSeen(): Set<string> {
  return new Set(
    readdirSync(folder()).flatMap((file) => JSON.parse(readFileSync(join(folder(), file), 'utf8'))),
  );
}

function folder(): string {
  return join(process.env[RUN_DIR] ?? '', 'seen');
}
