import { docsFolder } from '../environment.ts';
import { type Route, routes } from '../routes.ts';

/** The path parameters of a request, not decoded or checked. */
export type PathParameters = Readonly<Record<string, string>>;

const patterns = routes.flatMap((route) =>
  route.path === '$default' ? [] : [{ route, pattern: toPattern(route.path) }],
);

/** Returns the route of a request, or undefined if API Gateway would call `$default`. */
export function matchRoute(
  method: string,
  path: string,
): { route: Route; parameters: PathParameters } | undefined {
  for (const { route, pattern } of patterns) {
    const found = route.method === method && isServed(route) && pattern.exec(path);
    if (found) return { route, parameters: { ...found.groups } };
  }
  return undefined;
}

/**
 * Returns the methods of a path; none for an unknown path. A literal path of a route, such as
 * `/api/v1/keys/validate`, has that route's methods and not those of `/api/v1/keys/{key_id}`.
 */
export function methodsOf(path: string): string[] {
  const matching = patterns.filter(({ route, pattern }) => isServed(route) && pattern.test(path));
  const own = matching.filter(({ route }) => route.path === path);
  return (own.length > 0 ? own : matching).map(({ route }) => route.method);
}

/** Returns false for the routes of the API reference if it is switched off. */
function isServed({ function: name }: Route): boolean {
  return name !== 'docs' || docsFolder() !== undefined;
}

function toPattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);
}
