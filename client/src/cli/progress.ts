import type { Listing } from '../admin/listing.ts';
import type { Io } from './io.ts';

const BAR_WIDTH = 24;
const CLEAR_LINE = '\r\x1b[K';

/** A progress bar on the terminal of the messages; nothing if that is none. */
export class Progress {
  readonly #io: Io;
  readonly #unit: string;
  #steps = 0;

  /** @param unit the plural of what is counted */
  constructor(io: Io, unit: string) {
    this.#io = io;
    this.#unit = unit;
  }

  /** @param total undefined if it is not known: then the bar only moves */
  show(count: number, total?: number): void {
    const bar = total === undefined ? movingBar(this.#steps++) : filledBar(count / total);
    const of = total === undefined ? '' : ` of ${total.toLocaleString('en')}`;
    this.#write(`${CLEAR_LINE}[${bar}] ${count.toLocaleString('en')}${of} ${this.#unit}`);
  }

  /** Removes the bar, before other output and at the end. */
  clear(): void {
    this.#write(CLEAR_LINE);
  }

  #write(text: string): void {
    if (this.#io.stderr.isTTY) this.#io.stderr.write(text);
  }
}

/** Yields the elements of a list, and shows a progress bar while it waits for a page. */
export async function* withProgress<Item>(
  io: Io,
  unit: string,
  listing: Listing<unknown, Item>,
): AsyncGenerator<Item> {
  const progress = new Progress(io, unit);
  let count = 0;
  try {
    for await (const { items } of listing.pages()) {
      progress.clear();
      yield* items;
      count += items.length;
      progress.show(count);
    }
  } finally {
    progress.clear();
  }
}

function movingBar(steps: number): string {
  const at = (steps * 4) % BAR_WIDTH;
  return '===='.padStart(at + 4).padEnd(BAR_WIDTH);
}

function filledBar(share: number): string {
  return '='.repeat(Math.round(Math.min(share, 1) * BAR_WIDTH)).padEnd(BAR_WIDTH);
}
