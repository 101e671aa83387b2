const VERSION = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/;
const TITLE = '# Changelog\n\n';

/** @throws Error if the version is not one, or not greater than the current one */
export function checkVersion(current: string, wanted: string): void {
  if (!VERSION.test(wanted)) throw new Error(`A version is three numbers, such as 1.2.3`);
  // Compares numbers as numbers: 0.10.0 comes after 0.9.0.
  if (wanted.localeCompare(current, 'en', { numeric: true }) > 0) return;
  throw new Error(`${wanted} is not greater than the current version, ${current}`);
}

/** Returns package.json with another version. Nothing else changes, its format included. */
export function withVersion(packageJson: string, version: string): string {
  return packageJson.replace(/^( {2}"version": )".*"/m, `$1"${version}"`);
}

/** Returns package-lock.json with another version of the service and of its client. */
export function lockWithVersion(packageLock: string, version: string): string {
  const lock = JSON.parse(packageLock);
  for (const part of [lock, lock.packages[''], lock.packages.client]) part.version = version;
  return `${JSON.stringify(lock, null, 2)}\n`;
}

/** Returns SECURITY.md with the minor version of the release as the one that gets fixes. */
export function withSupported(securityPolicy: string, version: string): string {
  const [minor = ''] = /^\d+\.\d+/.exec(version) ?? [];
  return securityPolicy.replace(/^\| [\d.]+ +(?=\| yes)/m, `| ${minor.padEnd(7)} `);
}

/**
 * Returns the changelog with a heading above the lines since the last version.
 * @throws Error if there are none
 */
export function withHeading(changelog: string, version: string): string {
  if (!changelog.startsWith(`${TITLE}- `)) {
    throw new Error('CHANGELOG.md has no lines above its last version');
  }
  return changelog.replace(TITLE, `${TITLE}## ${version}\n\n`);
}
