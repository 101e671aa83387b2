import { METHODS } from 'node:http';
import { fillIn, type Known } from './names.ts';

/** How the body's length is told; `length` and `chunked` are right. */
export const FRAMINGS = [
  'length',
  'chunked',
  'short',
  'long',
  'none',
  'both',
  'twice',
  'not-a-number',
  'cut-chunk',
  'long-extension',
] as const;
export type Framing = (typeof FRAMINGS)[number];

/** A change of the bytes before they are sent. */
export interface ByteChange {
  /** Where, as a share of the length. */
  readonly at: number;
  readonly kind: 'replace' | 'insert' | 'remove' | 'cut';
  readonly byte: number;
}

/** How an event differs from what the gateway would make of the request. */
export interface EventChange {
  readonly encoding: 'base64' | 'bad-base64' | 'plain';
  /** Fields that payload format 2.0 may leave out, here null. */
  readonly nulls: readonly string[];
  readonly cookies: readonly string[] | undefined;
  /** Fields that API Gateway always sends, here left out, and fields of other formats. */
  readonly impossible: { readonly without: readonly string[]; readonly more: object } | undefined;
}

/** A generated request. Its texts are bytes as latin1, with names that {@link fillIn} replaces. */
export interface Draft {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  readonly framing: Framing;
  readonly version: string;
  readonly changes: readonly ByteChange[];
  /** How many of it are sent at once. */
  readonly times: number;
  /** Calls the handler with an event instead of sending bytes, if defined. */
  readonly event: EventChange | undefined;
}

/** Returns a draft with what its names stand for. */
export function fillInDraft(draft: Draft, known: Known): Draft {
  const fill = (text: string) => fillIn(text, known);
  return {
    ...draft,
    target: fill(draft.target),
    headers: draft.headers.map(([name, value]) => [fill(name), fill(value)] as const),
    body: fill(draft.body),
  };
}

/** Returns the bytes of a request. */
export function toBytes({ method, target, headers, body, framing, version, changes }: Draft) {
  const lines = [
    `${method} ${target} ${version}`,
    'Host: 127.0.0.1',
    'Connection: close',
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...lengthHeaders(framing, body.length),
  ];
  const bytes = Buffer.from(`${lines.join('\r\n')}\r\n\r\n${framed(framing, body)}`, 'latin1');
  return changes.reduce(changeBytes, bytes);
}

function lengthHeaders(framing: Framing, length: number): string[] {
  const right = `Content-Length: ${length}`;
  switch (framing) {
    case 'length':
      return length > 0 ? [right] : [];
    case 'short':
      return [`Content-Length: ${Math.floor(length / 2)}`];
    case 'long':
      return [`Content-Length: ${length + 10}`];
    case 'none':
      return [];
    case 'twice':
      return [right, `Content-Length: ${length + 1}`];
    case 'not-a-number':
      return ['Content-Length: -0x1'];
    case 'both':
      return [right, 'Transfer-Encoding: chunked'];
    default:
      return ['Transfer-Encoding: chunked'];
  }
}

function framed(framing: Framing, body: string): string {
  const half = Math.ceil(body.length / 2);
  const chunks = [body.slice(0, half), body.slice(half)].filter(Boolean);
  const text = (extension: string) =>
    chunks.map((part) => `${part.length.toString(16)}${extension}\r\n${part}\r\n`).join('');
  switch (framing) {
    case 'chunked':
    case 'both':
      return `${text('')}0\r\n\r\n`;
    case 'cut-chunk':
      return text('').slice(0, -3);
    case 'long-extension':
      return `${text(`;x=${'y'.repeat(20_000)}`)}0\r\n\r\n`;
    default:
      return body;
  }
}

function changeBytes(bytes: Buffer, { at, kind, byte }: ByteChange): Buffer {
  const index = Math.floor(at * bytes.length);
  const before = bytes.subarray(0, index);
  if (kind === 'cut') return before;
  const after = bytes.subarray(kind === 'insert' ? index : index + 1);
  return Buffer.concat([before, Buffer.from(kind === 'remove' ? [] : [byte]), after]);
}

/** The parser of node:http refuses a head of more than 16 KiB with 431. */
const MAX_HEAD = 16_000;
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const SPECIAL = /^(content-length|transfer-encoding|host|connection|expect|upgrade)$/i;

/** Returns whether the parser of node:http must accept a request, so that the service answers. */
export function isWellFormed({ method, target, headers, framing, version, changes }: Draft) {
  return (
    (framing === 'length' || framing === 'chunked') &&
    changes.length === 0 &&
    version === 'HTTP/1.1' &&
    METHODS.includes(method) &&
    method !== 'CONNECT' &&
    /^\/[!-~]*$/.test(target) &&
    headers.every(
      ([name, value]) =>
        TOKEN.test(name) && !SPECIAL.test(name) && /^[\t -~\x80-\xff]*$/.test(value),
    ) &&
    target.length + headers.flat().join('----').length < MAX_HEAD
  );
}
