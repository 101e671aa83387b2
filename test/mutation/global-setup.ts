import setUp from '../support/global-setup.ts';

declare global {
  var setUpOnce: Promise<void> | undefined;
}

/** Sets up what all test files share, once for all mutants that a process tests. */
export default async function setup(): Promise<void> {
  // Stryker deletes its sandbox, but ends its processes without asking them to clean up.
  process.env.TMPDIR = process.cwd();
  globalThis.setUpOnce ??= setUp();
  await globalThis.setUpOnce;
}
