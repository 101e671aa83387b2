import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { Io } from './io.ts';
import { harmless } from './text.ts';

const COLORS = { bold: 1, red: 31, green: 32, yellow: 33 };
export type Color = keyof typeof COLORS;

/** Writes a line of results, and waits while the reader is slower. */
export function print(io: Io, line: string): Promise<void> {
  return write(io.stdout, `${line}\n`);
}

/** Writes a line that is no result, such as an error, harmless for a terminal. */
export function note(io: Io, text: string): Promise<void> {
  return write(io.stderr, `${text.split('\n').map(harmless).join('\n')}\n`);
}

/** Writes a value as JSON. */
export function printJson(io: Io, value: unknown): Promise<void> {
  return print(io, toJson(value, 2));
}

/** Writes a JSON array with a line for each element, as they come. */
export async function printJsonArray(io: Io, items: AsyncIterable<unknown>): Promise<void> {
  let before = '[\n';
  for await (const item of items) {
    await write(io.stdout, before + toJson(item));
    before = ',\n';
  }
  await print(io, before === ',\n' ? '\n]' : '[]');
}

/** Colors a text, if the results go to a terminal and NO_COLOR is not set (no-color.org). */
export function paint(io: Io, color: Color, text: string): string {
  if (!io.stdout.isTTY || io.env.NO_COLOR) return text;
  return `\x1b[${COLORS[color]}m${text}\x1b[0m`;
}

/** JSON may hold any character but C0 controls; the others are escaped for terminals. */
function toJson(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, null, indent);
  return text.split('\n').map(harmless).join('\n');
}

async function write(stream: Writable, text: string): Promise<void> {
  if (!stream.write(text)) await once(stream, 'drain');
}
