/** Returns a Markdown table with padded cells; the first row is its head. */
export function markdownTable(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows;
  const widths = head.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}

const END = '<!-- end -->';

/**
 * Replaces what is between a start and its `<!-- end -->`.
 * @throws Error when the text lacks the start, or its end before the next start
 */
export function replaceSection(markdown: string, start: string, content: string): string {
  const from = markdown.indexOf(start);
  if (from < 0) throw new Error(`The page lacks ${start}`);
  const next = from + start.length;
  const to = markdown.indexOf('<!-- ', next);
  if (!markdown.startsWith(END, to)) throw new Error(`No ${END} follows ${start}`);
  return `${markdown.slice(0, next)}\n\n${content}\n\n${markdown.slice(to)}`;
}

/** Replaces the tables between `<!-- <kind>: <name> -->` and `<!-- end -->`. */
export function replaceTables(
  markdown: string,
  kind: string,
  tables: Readonly<Record<string, string>>,
): string {
  return Object.entries(tables).reduce(
    (page, [name, table]) => replaceSection(page, `<!-- ${kind}: ${name} -->`, table),
    markdown,
  );
}
