import { rmSync } from 'node:fs';
import { readSeen } from './contract/seen.ts';
import { findUnseen } from './contract/unseen.ts';
import { RUN_DIR } from './synth.ts';

/** The part of jest's configuration that chooses tests. */
interface Choice {
  readonly nonFlagArgs: readonly string[];
  readonly onlyChanged: boolean;
  readonly onlyFailures: boolean;
  readonly shard?: object;
  readonly testNamePattern?: string;
}

/**
 * Stops what all test files share. Fails a run of the whole suite in which a part of the OpenAPI
 * document was never seen.
 */
export default async function teardown(choice: Choice): Promise<void> {
  const unseen = isWholeSuite(choice) ? findUnseen(readSeen()) : [];
  await globalThis.dependencies.stop();
  rmSync(process.env[RUN_DIR] ?? '', { recursive: true });
  if (unseen.length > 0) {
    throw new Error(
      `openapi.json documents what no test has seen. Test it, or list it with a reason in test/support/contract/unseen.ts:\n${unseen.join('\n')}`,
    );
  }
}

function isWholeSuite(choice: Choice): boolean {
  const { nonFlagArgs, onlyChanged, onlyFailures, shard, testNamePattern } = choice;
  return nonFlagArgs.length === 0 && !(onlyChanged || onlyFailures || shard || testNamePattern);
}
