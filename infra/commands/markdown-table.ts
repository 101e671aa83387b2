/** Returns a Markdown table with padded cells; the first row is its head. */
export function markdownTable(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows;
  const widths = head.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}

/**
 * Replaces what is between a start and the next `<!-- end -->`.
 * @throws Error when the text lacks the start or its end
 */
export function replaceSection(markdown: string, start: string, content: string): string {
  const from = markdown.indexOf(start);
  const to = markdown.indexOf('<!-- end -->', from);
  if (from < 0 || to < 0) throw new Error(`The page lacks ${start} … <!-- end -->`);
  return `${markdown.slice(0, from)}${start}\n\n${content}\n\n${markdown.slice(to)}`;
}
