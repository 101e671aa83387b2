import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { afterEach, expect, test } from '@jest/globals';
import { COMMON_HEADERS, problem, useService } from '../support/service.ts';

const service = useService();
const { DOCS_FOLDER } = process.env;
afterEach(() => {
  process.env.DOCS_FOLDER = DOCS_FOLDER;
});

/** Sends a request with no other headers, and returns the body as it was sent. */
async function send(path: string, headers: Record<string, string> = {}, method = 'GET') {
  const sent = request(service.url + path, { method, headers }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return {
    status: response.statusCode,
    headers: response.headers,
    body: await buffer(response),
  };
}

const ENCODINGS: Record<string, string>[] = [{}, { 'accept-encoding': 'gzip' }];

/** Returns the headers of a file that is sent without compression. */
const fileHeaders = (type: string, cacheControl: string) => ({
  ...COMMON_HEADERS,
  'content-type': type,
  'cache-control': cacheControl,
  etag: expect.stringMatching(/^"[\w-]{43}"$/),
  vary: 'Accept-Encoding',
});
const BRIEFLY = 'public, max-age=300';
const FOREVER = 'public, max-age=31536000, immutable';
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; connect-src 'self'; img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/** Returns the paths of the scripts in the page. */
async function scripts(): Promise<string[]> {
  const { body } = await send('/docs');
  return [...body.toString().matchAll(/<script src="([^"]+)"/g)].map(([, path = '']) => path);
}

test('serves the page at /docs without credentials or a request to a dependency', async () => {
  const { body, ...head } = await send('/docs');
  expect(head).toEqual({
    status: 200,
    headers: {
      ...fileHeaders('text/html; charset=utf-8', BRIEFLY),
      'content-security-policy': POLICY,
      'content-length': String(body.length),
    },
  });
  expect(body.toString().replace(/-[0-9a-f]{16}\.js/g, '.js')).toBe(
    readFileSync('infra/docs-page/index.html', 'utf8'),
  );
  expect([...service.dynamodb.actions, ...service.secrets.actions]).toEqual([]);
});

test('serves the scripts of the page, to be kept forever', async () => {
  const sources = [
    'node_modules/@scalar/api-reference/dist/browser/standalone.js',
    'infra/docs-page/start.js',
  ];
  const paths = await scripts();
  expect(paths).toHaveLength(sources.length);
  for (const [i, source] of sources.entries()) {
    const { body, ...head } = await send(paths[i] ?? '');
    expect(head).toEqual({
      status: 200,
      headers: fileHeaders('text/javascript; charset=utf-8', FOREVER),
    });
    // Lambda's limit of a response, which has the body in base64, is 6 MB.
    expect((body.length * 4) / 3).toBeLessThan(5_900_000);
    // Without `toEqual`, which takes seconds for megabytes.
    expect(body.equals(readFileSync(source))).toBe(true);
  }
});

test('serves the OpenAPI document', async () => {
  const { body, ...head } = await send('/openapi.json');
  expect(head).toEqual({ status: 200, headers: fileHeaders('application/json', BRIEFLY) });
  expect(body.toString()).toBe(readFileSync('openapi.json', 'utf8'));
});

test.each(['gzip', 'GZIP', 'br, gzip', 'br,deflate;q=1,gzip ; q=0.001', '*', 'br;q=0, *;q=0.5'])(
  'compresses for Accept-Encoding: %s',
  async (accepted) => {
    const { body, ...head } = await send('/openapi.json', { 'accept-encoding': accepted });
    expect(head).toEqual({
      status: 200,
      headers: {
        ...fileHeaders('application/json', BRIEFLY),
        etag: expect.stringMatching(/^"[\w-]{43}-gzip"$/),
        'content-encoding': 'gzip',
        'content-length': String(body.length),
      },
    });
    expect(gunzipSync(body).toString()).toBe(readFileSync('openapi.json', 'utf8'));
  },
);

test.each(['', 'identity', 'br', 'gzip;q=0', 'gzip; q=0.000, *', '*;q=0', 'xgzip', 'gzip;q=x'])(
  'does not compress for Accept-Encoding: %s',
  async (accepted) => {
    const plain = await send('/openapi.json');
    const { headers, body } = await send('/openapi.json', { 'accept-encoding': accepted });
    expect(headers['content-encoding']).toBeUndefined();
    expect(headers.etag).toBe(plain.headers.etag);
    expect(body.toString()).toBe(plain.body.toString());
  },
);

test.each(['/docs', '/openapi.json'])(
  'answers HEAD %s like GET, without the body',
  async (path) => {
    for (const headers of ENCODINGS) {
      const get = await send(path, headers);
      const head = await send(path, headers, 'HEAD');
      const own = { date: expect.anything(), 'x-request-id': expect.anything() };
      expect(head).toEqual({
        status: 200,
        headers: { ...get.headers, ...own },
        body: Buffer.from(''),
      });
    }
  },
);

test.each<[string, (etag: string) => string]>([
  ['its ETag', (etag) => etag],
  ['its ETag as a weak one', (etag) => `W/${etag}`],
  ['a list with its ETag', (etag) => `"a", W/"b",${etag} ,"c"`],
  ['any ETag', () => '*'],
])('answers 304 if If-None-Match has %s', async (_, known) => {
  const path = (await scripts())[1] ?? '';
  for (const headers of ENCODINGS) {
    const { etag = '' } = (await send(path, headers)).headers;
    expect(await send(path, { ...headers, 'if-none-match': known(etag) })).toEqual({
      status: 304,
      headers: {
        ...fileHeaders('text/javascript; charset=utf-8', FOREVER),
        etag,
        'content-length': '0',
      },
      body: Buffer.from(''),
    });
  }
});

test.each<[string, (etag: string) => string]>([
  ['another ETag', () => '"a"'],
  ['the ETag of the compressed file', (etag) => etag.replace(/"$/, '-gzip"')],
  ['a part of its ETag', (etag) => etag.slice(2)],
])('sends the file if If-None-Match has %s', async (_, known) => {
  const { etag = '' } = (await send('/docs')).headers;
  expect((await send('/docs', { 'if-none-match': known(etag) })).status).toBe(200);
});

test.each([
  '/docs/start.js',
  '/docs/docs.html',
  '/docs/openapi.json',
  '/docs/..%2fopenapi.json',
  '/docs/%2e%2e%2f%2e%2e%2fpackage.json',
  '/docs/constructor',
])('responds to GET %s with 404', async (path) => {
  expect(await service.call('GET', path, { admin: false })).toEqual(
    problem(404, 'Not Found', 'Not found'),
  );
});

test.each(['/docs', '/docs/start.js', '/openapi.json'])(
  'responds to %s with 404 for every method where the reference is switched off',
  async (path) => {
    delete process.env.DOCS_FOLDER;
    for (const method of ['GET', 'POST', 'OPTIONS']) {
      expect(await service.call(method, path, { admin: false })).toEqual(
        problem(404, 'Not Found', 'Not found'),
      );
    }
    expect((await send(path, {}, 'HEAD')).status).toBe(404);
  },
);
