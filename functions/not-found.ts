import { Problem } from '../lib/http/problem.ts';
import { route } from '../lib/http/route.ts';
import { methodsOf } from '../lib/http/routing.ts';

/** `$default`: answers requests that match no route, so that this answer has our headers too. */
export const handler = route('$default', {}, ({ path }) => {
  const methods = methodsOf(path);
  if (methods.length === 0) throw new Problem('no_route');
  throw new Problem('method_not_allowed', { headers: { Allow: methods.join(', ') } });
});
