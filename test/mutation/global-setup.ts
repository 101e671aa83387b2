import setUp from '../support/global-setup.ts';

declare global {
  var setUpOnce: Promise<void> | undefined;
}

/** Sets up what all test files share, once for all mutants that a process tests. */
export default async function setup(): Promise<void> {
  globalThis.setUpOnce ??= setUp();
  await globalThis.setUpOnce;
}
