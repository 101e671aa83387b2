import { auditors } from '../lib/auth/administrators.ts';
import { describeKey } from '../lib/http/describe-key.ts';
import { Problem } from '../lib/http/problem.ts';
import { route } from '../lib/http/route.ts';
import { listQuery, nextLink } from '../lib/http/schemas/listing.ts';
import { listMatchingKeys } from '../lib/service/list-keys.ts';

/** `GET /api/v1/keys`: returns a page of keys, newest first. */
export const handler = route(
  'GET /api/v1/keys',
  { ...auditors, query: listQuery },
  async (call) => {
    const { limit, cursor, ...filter } = call.query;
    const outcome = await listMatchingKeys(filter, limit, cursor, call.now);
    if (outcome.kind === 'no_snapshot') throw new Problem('no_snapshot');
    const { records, next } = outcome;
    return {
      status: 200,
      headers: next && { Link: nextLink(call.path, call.query, next) },
      body: records.map((record) => describeKey(record, call.now)),
    };
  },
);
