import { rmSync } from 'node:fs';
import { RUN_DIR } from './synth.ts';

export default async function teardown(): Promise<void> {
  await globalThis.dependencies.stop();
  rmSync(process.env[RUN_DIR] ?? '', { recursive: true });
}
