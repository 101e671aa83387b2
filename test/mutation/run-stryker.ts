import { readFileSync } from 'node:fs';
import { Stryker } from '@stryker-mutator/core';

/** A mutant as Stryker's JSON report has it. Lines and columns start at 1; `end` is exclusive. */
export interface Mutant {
  readonly mutatorName: string;
  readonly replacement: string;
  readonly status: string;
  readonly location: { readonly start: Position; readonly end: Position };
}

interface Position {
  readonly line: number;
  readonly column: number;
}

/** The mutants of each file, by its path. */
export type Report = Readonly<
  Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>
>;

const OUTPUT = '.local/mutation';
const SERVICE = {
  testMatch: [
    '<rootDir>/test/functions/**/*.test.ts',
    '<rootDir>/test/abuse/*.test.ts',
    '<rootDir>/test/infra/commands/rebuild-usage.test.ts',
  ],
  globalSetup: '<rootDir>/test/mutation/global-setup.ts',
};
const PURE = {
  testMatch: ['<rootDir>/test/domain/**/*.test.ts'],
  globalSetup: null,
  setupFilesAfterEnv: [],
};

/** The folders whose code is mutated, with the tests that are to fail for it. */
const TESTS: Readonly<Record<string, object>> = {
  'lib/domain': PURE,
  'lib/service': SERVICE,
  'lib/auth': SERVICE,
};
export const FOLDERS = Object.keys(TESTS);

/**
 * Runs the tests of a folder for each mutant of its files.
 * @param files globs
 * @param reuses whether a mutant is tested again only if its file or a test that reaches it has
 *   changed. New tests of a constant are overlooked
 */
export async function testMutants(
  folder: string,
  files: readonly string[],
  reuses: boolean,
): Promise<Report> {
  const report = `${OUTPUT}/${folder}.json`;
  const jest = {
    configFile: 'jest.config.js',
    config: {
      ...TESTS[folder],
      globalTeardown: null,
      setupFiles: ['<rootDir>/test/mutation/seed.ts'],
      runner: '<rootDir>/test/mutation/runner.js',
      testEnvironment: './test/mutation/environment.cjs',
    },
    // Finds nothing in test/functions, which load their handlers by a computed path.
    enableFindRelatedTests: false,
  };
  await new Stryker({
    mutate: [...files],
    testRunner: 'jest',
    plugins: ['@stryker-mutator/jest-runner'],
    jest,
    coverageAnalysis: 'perTest',
    concurrency: 2,
    // Beside twice the time that the tests take: on a busy machine a slow run is no endless one.
    timeoutMS: 30_000,
    timeoutFactor: 2,
    dryRunTimeoutMinutes: 30,
    incremental: true,
    incrementalFile: `${OUTPUT}/${folder}-incremental.json`,
    force: !reuses,
    // Stryker would rewrite tsconfig.json for its sandbox with an API that TypeScript 7 lacks.
    tsconfigFile: 'none',
    ignorePatterns: ['.local'],
    tempDirName: `${OUTPUT}/sandbox`,
    reporters: ['progress-append-only', 'json', 'html'],
    jsonReporter: { fileName: report },
    htmlReporter: { fileName: `${OUTPUT}/${folder}.html` },
  }).runMutationTest();
  return JSON.parse(readFileSync(report, 'utf8')).files;
}
