import { execFile } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { connectDependencies } from './dependencies.ts';

const JEST = 'node_modules/jest/bin/jest.js';

/** Runs jest on one file; returns its exit code and its report without colours. */
function runJest(file: string): Promise<{ code: unknown; report: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      // With a pattern the run is not one of the whole suite, which must see all of openapi.json.
      [JEST, '--no-color', '--testNamePattern', '.', '--testMatch', `<rootDir>/${file}`],
      (error, _, report) => resolve({ code: error?.code, report }),
    );
  });
}

test('fails a test file that leaks, and names the place of each leak', async () => {
  await connectDependencies();
  const { code, report } = await runJest('test/support/planted-leaks.ts');
  expect(code).toBe(1);
  expect(report).toMatch(/^Test Suites: 1 failed, 1 total\nTests: {7}4 passed, 4 total$/m);
  expect(report).toContain('4 texts leak a secret');
  for (const place of [
    /^ *log line of "logs a key": \{"level":"INFO","message":"hk_live_\w{32}"\}$/m,
    /^ *answer of "answers with the admin token": .*\["\S+"\]\]$/m,
    /^ *log line of "logs a hash while it is cleaned up": .*"\$2b\$04\$hash"\}$/m,
    /^ *item of USAGE_TABLE-\S+: [\s\S]*note: S: hk_live_\w{32}$/m,
  ]) {
    expect(report).toMatch(place);
  }
});
