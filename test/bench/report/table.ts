type Cell = string | number | undefined;

/** Columns by heading, each with a function that returns the cell of a row. */
export type Columns<Row> = Readonly<Record<string, (row: Row) => Cell>>;

/** Returns a Markdown table whose first column is aligned left and the others right. */
export function markdownTable<Row>(columns: Columns<Row>, rows: readonly Row[]): string {
  const headings = Object.keys(columns);
  const cells = rows.map((row) => Object.values(columns).map((cellOf) => format(cellOf(row))));
  const widths = headings.map((heading, i) =>
    Math.max(
      MIN_WIDTH,
      ...[heading, ...cells.map((row) => row[i] ?? '')].map(({ length }) => length),
    ),
  );
  const align = (text: string, i: number) =>
    i === 0 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0);
  const rule = widths.map((width, i) =>
    i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  const lines = [headings.map(align), rule, ...cells.map((row) => row.map(align))];
  return lines.map((line) => `| ${line.join(' | ')} |`).join('\n');
}

/** The shortest rule that every Markdown parser accepts, `--:`, has three characters. */
const MIN_WIDTH = 3;

/** Shows a dash for values that were not measured; JSON stores NaN and Infinity as null. */
function format(cell: Cell): string {
  return typeof cell === 'string' || Number.isFinite(cell) ? String(cell) : '–';
}
