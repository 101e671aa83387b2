const ENVIRONMENTS = ['production', 'test', 'development'];

/**
 * Refuses an option that does not exist. TypeScript finds most of them, but in JavaScript a
 * misspelt restriction, such as `scopes` for `scope`, would protect nothing.
 * @throws TypeError naming the option and those that exist
 */
export function requireKnown(given: object, known: readonly string[], where: string): void {
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue;
    throw new TypeError(`${where} has no option ${name}; its options are ${known.join(', ')}`);
  }
}

/** @throws TypeError if a restriction has a value that no key could meet */
export function requireRestrictions(options: { scope?: unknown; environment?: unknown }): void {
  const { scope, environment } = options;
  if (scope !== undefined && (typeof scope !== 'string' || scope === '')) {
    throw new TypeError('scope must be a string that is not empty');
  }
  if (environment !== undefined && !ENVIRONMENTS.some((known) => known === environment)) {
    throw new TypeError(`environment must be one of ${ENVIRONMENTS.join(', ')}`);
  }
}
