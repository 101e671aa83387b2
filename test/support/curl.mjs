import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';

/**
 * Stands in for curl, which a CI machine may lack, with the options that the documentation uses.
 * parseArgs throws for any other. Appends the request and its answer to the file ANSWERS. Uses
 * node:http, because loading fetch would take twice the time of all the rest.
 */
const { values, positionals } = parseArgs({
  options: {
    silent: { type: 'boolean', short: 's' },
    request: { type: 'string', short: 'X' },
    header: { type: 'string', short: 'H', multiple: true, default: [] },
    data: { type: 'string', short: 'd' },
  },
  allowPositionals: true,
});
const [url, ...others] = positionals;
if (!url || others.length > 0) throw new Error(`curl takes one URL, not: ${positionals.join(' ')}`);
if (!values.silent) throw new Error('Without -s curl shows its progress inside $(…).');

const { data } = values;
const method = values.request ?? (data === undefined ? 'GET' : 'POST');
const headers = values.header.map((header) => {
  const colon = header.indexOf(':');
  return [header.slice(0, colon), header.slice(colon + 1).trim()];
});
const sent = request(url, { method, headers: Object.fromEntries(headers) });
// Without it Node sends the body of a DELETE with no length.
if (data !== undefined) sent.setHeader('Content-Length', Buffer.byteLength(data));
sent.end(data);
const [response] = await once(sent, 'response');
const body = await text(response);
const { pathname, search } = new URL(url);
const { statusCode: status, headers: received } = response;
const exchange = { method, target: pathname + search, sent: data, status, headers: received, body };
appendFileSync(process.env.ANSWERS, `${JSON.stringify(exchange)}\n`);
process.stdout.write(body);
