import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Reply } from './reply.ts';
import type { RequestHead } from './request.ts';

interface StaticFile {
  readonly gzip: Buffer;
  readonly hash: string;
  readonly headers: Record<string, string>;
}

/**
 * Lets the page load scripts and data from this service and nothing from elsewhere. Styles need
 * `unsafe-inline`: the page's script writes style elements and attributes that depend on what is
 * shown, so that no hash fits, and takes no nonce.
 */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'unsafe-inline'",
  "connect-src 'self'",
  'img-src data:',
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

const HEADERS: Record<string, Record<string, string>> = {
  '.html': {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': PAGE_POLICY,
  },
  '.js': { 'Content-Type': 'text/javascript; charset=utf-8' },
  '.json': { 'Content-Type': 'application/json' },
};

/**
 * Reads the files of a folder, which are compressed, such as `docs/start-1a2b.js.gz`. Returns them
 * by the path of the request for each: `/docs/start-1a2b.js`, and `/docs` for `docs.html.gz`.
 */
export function readStaticFiles(folder: string): Map<string, StaticFile> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return new Map(
    names.flatMap((name): [string, StaticFile][] => {
      if (!name.endsWith('.gz')) return [];
      const path = `/${name.replace(/(\.html)?\.gz$/, '')}`;
      const gzip = readFileSync(join(folder, name));
      const hash = createHash('sha256').update(gzip).digest('base64url');
      const headers = {
        ...HEADERS[extname(name.replace(/\.gz$/, ''))],
        'Cache-Control': cacheControl(path),
      };
      return [[path, { gzip, hash, headers }]];
    }),
  );
}

/** The files in `/docs/` have a hash of their content in their name. */
function cacheControl(path: string): string {
  return path.startsWith('/docs/') ? 'public, max-age=31536000, immutable' : 'public, max-age=300';
}

/** Answers with a file, compressed if the request allows it, or with 304 if the caller has it. */
export function fileReply(file: StaticFile, { headers: request }: RequestHead): Reply {
  const compressed = acceptsGzip(request['accept-encoding']);
  // A strong ETag differs between the encodings (RFC 9110, section 8.8.3.3).
  const ETag = compressed ? `"${file.hash}-gzip"` : `"${file.hash}"`;
  const headers = { ...file.headers, ETag, Vary: 'Accept-Encoding' };
  if (matches(request['if-none-match'], ETag)) return { status: 304, headers, body: undefined };
  return compressed
    ? { status: 200, headers: { ...headers, 'Content-Encoding': 'gzip' }, body: file.gzip }
    : { status: 200, headers, body: gunzipSync(file.gzip) };
}

/** Returns whether `Accept-Encoding` (RFC 9110, section 12.5.3) asks for gzip. */
function acceptsGzip(accepted = ''): boolean {
  const weights = new Map(
    accepted.split(',').map((item) => {
      const [coding = '', weight = 'q=1'] = item.toLowerCase().split(';');
      return [coding.trim(), Number(weight.trim().replace(/^q=/, ''))];
    }),
  );
  return (weights.get('gzip') ?? weights.get('*') ?? 0) > 0;
}

/** Compares `If-None-Match` weakly with an ETag (RFC 9110, section 13.1.2). */
function matches(known = '', etag: string): boolean {
  const tags = known.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(etag);
}
