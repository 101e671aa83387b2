import { auditors } from '../lib/auth/administrators.ts';
import { placeOf } from '../lib/domain/key-filter.ts';
import { describeKey } from '../lib/http/describe-key.ts';
import { Problem } from '../lib/http/problem.ts';
import { route } from '../lib/http/route.ts';
import { listQuery } from '../lib/http/schemas/listing.ts';
import { nextPage } from '../lib/http/schemas/paging.ts';
import { listMatchingKeys } from '../lib/service/list-keys.ts';

/** `GET /api/v1/keys`: returns a page of keys, newest first. */
export const handler = route(
  'GET /api/v1/keys',
  { ...auditors, query: listQuery },
  async (call) => {
    const { limit, cursor, ...filter } = call.query;
    const outcome = await listMatchingKeys(filter, limit, cursor, call.now);
    if (outcome.kind === 'no_snapshot') throw new Problem('no_snapshot');
    const { keys, next } = outcome;
    return {
      status: 200,
      headers: next && { Link: nextPage(call.path, call.query, placeOf(next)) },
      body: keys.map((key) => describeKey(key, call.now)),
    };
  },
);
