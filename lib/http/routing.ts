import { type Route, routes } from '../routes.ts';

/** The path parameters of a request, as it sent them. */
export type PathParameters = Readonly<Record<string, string>>;

const patterns = routes.flatMap((route) =>
  route.path === '$default' ? [] : [{ route, pattern: toPattern(route.path) }],
);

/** Finds the route that takes a request; undefined where API Gateway calls `$default`. */
export function matchRoute(
  method: string,
  path: string,
): { route: Route; parameters: PathParameters } | undefined {
  for (const { route, pattern } of patterns) {
    const found = route.method === method && pattern.exec(path);
    if (found) return { route, parameters: { ...found.groups } };
  }
  return undefined;
}

/**
 * Returns the methods that a path takes, none for an unknown path. A path that is a route's own, such as
 * `/api/v1/keys/validate`, takes that route's, not those of `/api/v1/keys/{key_id}`.
 */
export function methodsOf(path: string): string[] {
  const matching = patterns.filter(({ pattern }) => pattern.test(path));
  const own = matching.filter(({ route }) => route.path === path);
  return (own.length > 0 ? own : matching).map(({ route }) => route.method);
}

function toPattern(path: string): RegExp {
  return new RegExp(`^${path.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);
}
