import { connect } from 'node:net';

/** The longest time within which the service must answer. */
export const ANSWER_MS = 4_000;
/** An incomplete request is ended by closing our half of the connection after this time. */
const INCOMPLETE_MS = 100;

export interface Answer {
  readonly status: number;
  /** With names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** How a connection ended: with an answer, without one, or not within {@link ANSWER_MS}. */
export type Outcome =
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'closed' }
  | { readonly kind: 'hung' };

/**
 * Sends bytes, which may be no valid request, and reads the first final answer.
 * @param isComplete whether the bytes are surely a whole request, so that an answer must follow
 */
export function exchange(port: number, bytes: Buffer, isComplete: boolean): Promise<Outcome> {
  const hasBody = !bytes.subarray(0, 5).equals(Buffer.from('HEAD '));
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const end = (outcome: Outcome) => {
      clearTimeout(timer);
      clearTimeout(nudge);
      socket.destroy();
      resolve(outcome);
    };
    const read = (isClosed: boolean) => {
      const answer = parseAnswer(Buffer.concat(chunks), hasBody, isClosed);
      if (answer) end({ kind: 'answered', answer });
      else if (isClosed) end({ kind: 'closed' });
    };
    const timer = setTimeout(() => end({ kind: 'hung' }), ANSWER_MS);
    const nudge = setTimeout(() => isComplete || socket.end(), INCOMPLETE_MS);
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      read(false);
    });
    socket.on('end', () => read(true));
    // The server may close the connection before it has read everything.
    socket.on('error', () => read(true));
    socket.write(bytes);
  });
}

/**
 * Parses the first answer that is not an interim one (RFC 9112, section 6.3), or returns undefined
 * if it is not complete.
 */
export function parseAnswer(
  bytes: Buffer,
  hasBody: boolean,
  isClosed: boolean,
): Answer | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const [start = '', ...lines] = bytes.subarray(0, headEnd).toString('latin1').split('\r\n');
  const status = Number(start.split(' ')[1]);
  const rest = bytes.subarray(headEnd + 4);
  if (status < 200) return parseAnswer(rest, hasBody, isClosed);
  const headers = Object.fromEntries(
    lines.map((line) => {
      const [name = ''] = line.split(':', 1);
      return [name.toLowerCase(), line.slice(name.length + 1).trim()];
    }),
  );
  if (!hasBody || status === 304) return { status, headers, body: Buffer.alloc(0) };
  const { 'content-length': length = isClosed ? rest.length : Number.POSITIVE_INFINITY } = headers;
  if (rest.length < Number(length)) return undefined;
  return { status, headers, body: rest.subarray(0, Number(length)) };
}
