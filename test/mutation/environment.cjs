const { TestEnvironment } = require('jest-environment-node');

/** Skips the tests after one that fails: it has noticed the mutant, and they may wait for minutes. */
module.exports = class MutantEnvironment extends TestEnvironment {
  hasFailed = false;

  handleTestEvent({ name, test }) {
    if (name === 'test_done' && test.errors.length > 0) this.hasFailed = true;
    if (name === 'test_start' && this.hasFailed) test.mode = 'skip';
  }
};
