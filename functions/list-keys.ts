import { auditors } from '../lib/auth/administrators.ts';
import { listKeys } from '../lib/aws/dynamodb/listing.ts';
import { describeKey } from '../lib/http/describe-key.ts';
import { route } from '../lib/http/route.ts';
import { listQuery, nextLink } from '../lib/http/schemas/listing.ts';

/** `GET /api/v1/keys`: returns a page of keys, newest first. */
export const handler = route(
  'GET /api/v1/keys',
  { ...auditors, query: listQuery },
  async (call) => {
    const { limit, cursor, ...filter } = call.query;
    const { keys, next } = await listKeys(filter, limit, cursor, call.now);
    return {
      status: 200,
      headers: next && { Link: nextLink(call.path, call.query, next) },
      body: keys.map((key) => describeKey(key, call.now)),
    };
  },
);
