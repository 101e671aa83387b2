import type { Io } from './io.ts';
import { paint } from './print.ts';
import { fitTo, harmless } from './text.ts';

const DEFAULT_WIDTH = 80;
const GAP = '  ';

export interface Column<Row> {
  readonly title: string;
  /** The columns of the terminal; the last column takes what is left. */
  readonly width: number;
  /** Shows the column on terminals of this width; by default on all. */
  readonly from?: number;
  readonly value: (row: Row) => string;
}

/** A table whose widths do not depend on its rows, so that each row can be written as it comes. */
export interface Table<Row> {
  readonly head: string;
  line(row: Row): string;
}

/** Makes a table. Where the results go to no terminal, the last column is not cut. */
export function createTable<Row>(io: Io, all: readonly Column<Row>[]): Table<Row> {
  const width = (io.stdout.isTTY && io.stdout.columns) || DEFAULT_WIDTH;
  const columns = all.filter(({ from = 0 }) => width >= from);
  const last = columns.length - 1;
  const taken = columns.slice(0, -1).reduce((sum, column) => sum + column.width + GAP.length, 0);
  const lastWidth = io.stdout.isTTY ? Math.max(width - taken, columns[last]?.width ?? 0) : Infinity;

  const join = (cells: readonly string[]) =>
    cells
      .map((cell, index) => {
        if (index < last) return fitTo(cell, columns[index]?.width ?? 0);
        return lastWidth === Infinity ? cell : fitTo(cell, lastWidth);
      })
      .join(GAP)
      .trimEnd();
  return {
    head: paint(io, 'bold', join(columns.map(({ title }) => title))),
    line: (row) => join(columns.map(({ value }) => harmless(value(row)))),
  };
}
