import type { Readable, Writable } from 'node:stream';

/** A stream that may be a terminal. */
type Terminal<Stream> = Stream & { readonly isTTY?: boolean; readonly columns?: number };

/** What a command reads from and writes to. */
export interface Io {
  readonly stdin: Terminal<Readable>;
  readonly stdout: Terminal<Writable>;
  readonly stderr: Terminal<Writable>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Returns the time, in milliseconds since 1970. */
  now(): number;
}
