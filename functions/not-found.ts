import { Problem } from '../lib/http/problem.ts';
import { route } from '../lib/http/route.ts';

/** `$default`: what no other route takes, so that even this answer has our headers. */
export const handler = route({}, () => {
  throw new Problem('no_route');
});
