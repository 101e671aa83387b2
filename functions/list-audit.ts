import { auditors } from '../lib/auth/administrators.ts';
import { describeEntry } from '../lib/http/describe-audit.ts';
import { route } from '../lib/http/route.ts';
import { logCursorText, logQuery, readSpan } from '../lib/http/schemas/audit-query.ts';
import { nextPage } from '../lib/http/schemas/paging.ts';
import { readAuditLog } from '../lib/service/read-audit-log.ts';

const options = { ...auditors, query: logQuery };

/** `GET /api/v1/audit`: returns a page of the audit entries of all keys. */
export const handler = route('GET /api/v1/audit', options, async ({ path, query, now }) => {
  const { action, limit, cursor } = query;
  const { from, to } = readSpan(query, now);
  const { entries, next } = await readAuditLog({ from, to, action }, limit, cursor, now);
  return {
    status: 200,
    // The span as it is now, because a default depends on the time of the request.
    headers: next && { Link: nextPage(path, { from, to, action, limit }, logCursorText(next)) },
    body: {
      from,
      to,
      entries: entries.map((entry) => ({ key_id: entry.keyId, ...describeEntry(entry) })),
    },
  };
});
