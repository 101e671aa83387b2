/** Some Markdown parsers require at least three characters in a delimiter cell. */
const MIN_WIDTH = 3;

type Cell = string | number | undefined;

/** Columns by heading, each with a function that returns the cell of a row. */
export type Columns<Row> = Readonly<Record<string, (row: Row) => Cell>>;

/** Returns a Markdown table whose first column is aligned left and the others right. */
export function markdownTable<Row>(columns: Columns<Row>, rows: readonly Row[]): string {
  const padded = Object.entries(columns).map(([heading, cellOf], i) => {
    const cells = rows.map((row) => format(cellOf(row)));
    const width = Math.max(MIN_WIDTH, ...[heading, ...cells].map(({ length }) => length));
    const pad = (text: string) => (i === 0 ? text.padEnd(width) : text.padStart(width));
    const delimiter = i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`;
    return [pad(heading), delimiter, ...cells.map(pad)];
  });
  const lines = padded[0]?.map((_, line) => padded.map((column) => column[line])) ?? [];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Formats missing values and those that JSON stores as null, NaN and Infinity, as a dash. */
function format(cell: Cell): string {
  return typeof cell === 'string' || Number.isFinite(cell) ? String(cell) : '–';
}
