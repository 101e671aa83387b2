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
  // By itself jest leaves a processor free, which on two makes the suite last twice as long.
  maxWorkers: 2,
  collectCoverageFrom: ['lib/**'],
  coverageReporters: ['text', ['text', { file: 'lib.txt' }]],
};
