/** @type {import('jest').Config} */
export default {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  setupFilesAfterEnv: ['<rootDir>/test/support/setup.ts'],
  transform: { '\\.[jt]s$': ['@swc/jest', { module: { type: 'commonjs' } }] },
  // These packages are ES modules only, which jest can't load as they are.
  transformIgnorePatterns: ['/node_modules/(?!(@middy|uuid|bcryptjs)/)'],
  // The mutation tests keep copies of the project there.
  modulePathIgnorePatterns: ['<rootDir>/.local/'],
  testTimeout: 30_000,
  // More than a small machine has processors, because many tests wait: for time-outs, or a lease to end.
  maxWorkers: 4,
  collectCoverageFrom: ['lib/**'],
  coverageReporters: ['text', ['text', { file: 'lib.txt' }]],
};
