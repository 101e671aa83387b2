import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import TestRunner from 'jest-runner';

/** The names and the milliseconds of each file's tests in the run without a mutant. */
const TIMES_FILE = 'test-times.json';

/** The test files that have failed, the latest at the end: it likely fails for the next mutant. */
const failed = new Set();

/**
 * Runs as few test files as a mutant needs: those with a test that reaches it, the likeliest to
 * fail first, and none after one that fails. Stryker selects tests by name only, so that jest would
 * load every file; and it can't use jest's `bail`, which ends the process.
 */
export default class MutantRunner extends TestRunner {
  async runTests(tests, watcher, options) {
    const times = existsSync(TIMES_FILE) ? JSON.parse(readFileSync(TIMES_FILE, 'utf8')) : undefined;
    const measured = {};
    let hasFailed = false;
    const stop = this.on('test-file-success', ([{ path }, result]) => {
      const names = result.testResults.map(({ fullName }) => fullName);
      measured[relative('.', path)] = { names, ms: result.perfStats.runtime };
      if (result.numFailingTests === 0 && !result.testExecError) return;
      hasFailed = true;
      failed.delete(path);
      failed.add(path);
    });
    for (const test of times ? choose(tests, times, this._globalConfig.testNamePattern) : tests) {
      await super.runTests([test], watcher, options);
      if (hasFailed) break;
    }
    stop();
    if (!times) writeFileSync(TIMES_FILE, JSON.stringify(measured));
  }
}

function choose(tests, times, testNamePattern) {
  const pattern = new RegExp(testNamePattern ?? '');
  const order = [...failed].reverse();
  const rank = ({ path }) => (failed.has(path) ? order.indexOf(path) : failed.size);
  const timeOf = ({ path }) => times[relative('.', path)];
  return tests
    .filter((test) => timeOf(test).names.some((name) => pattern.test(name)))
    .sort((a, b) => rank(a) - rank(b) || timeOf(a).ms - timeOf(b).ms);
}
