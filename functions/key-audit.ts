import { auditors } from '../lib/auth/administrators.ts';
import { describeEntry } from '../lib/http/describe-audit.ts';
import { Problem } from '../lib/http/problem.ts';
import { route } from '../lib/http/route.ts';
import { trailCursorText, trailQuery } from '../lib/http/schemas/audit-query.ts';
import { nextPage } from '../lib/http/schemas/paging.ts';
import { readTrail } from '../lib/service/read-trail.ts';

const options = { ...auditors, query: trailQuery };

/** `GET /api/v1/keys/{key_id}/audit`: returns a page of a key's audit trail, and checks it. */
export const handler = route('GET /api/v1/keys/{key_id}/audit', options, async (call) => {
  const { keyId, path, query, now } = call;
  const page = await readTrail(keyId, query.limit, query.cursor, now);
  if (page.kind === 'not_found') throw new Problem('key_not_found');
  const { version, findings, entries, next } = page;
  return {
    status: 200,
    headers: next && { Link: nextPage(path, query, trailCursorText(next)) },
    body: {
      key_id: keyId,
      version,
      intact: findings.length === 0,
      findings,
      unsealed: entries.filter((entry) => entry.version === null && entry.seal === 'missing')
        .length,
      entries: entries.map(describeEntry),
    },
    log: { key_id: keyId },
  };
});
