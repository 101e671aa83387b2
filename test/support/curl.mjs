import { appendFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

/**
 * Stands in for curl, which a CI machine may lack, with the options that the documentation uses.
 * parseArgs throws for any other. Appends method, URL, status and body to the file ANSWERS.
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
const response = await fetch(url, { method, headers, body: data });
const body = await response.text();
const answer = { method, path: new URL(url).pathname, status: response.status, body };
appendFileSync(process.env.ANSWERS, `${JSON.stringify(answer)}\n`);
process.stdout.write(body);
