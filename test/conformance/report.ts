import type { Result } from './exchanges.ts';

const MAX_SHOWN = 3;
const MAX_TEXT = 1000;

/** Returns the table of the results, with what was expected and what came for each failure. */
export function describeResults(results: readonly Result[]): string {
  return results.map(describe).join('\n');
}

function describe({ name, failures }: Result): string {
  if (failures.length === 0) return `pass  ${name}`;
  const left = failures.length - MAX_SHOWN;
  return [
    `FAIL  ${name}`,
    ...failures
      .slice(0, MAX_SHOWN)
      .flatMap(({ place, expected, came }) => [
        `      ${place}`,
        ...expected.map((text) => `        expected  ${shorten(text)}`),
        `        came      ${shorten(came)}`,
      ]),
    ...(left > 0 ? [`      and ${left} more`] : []),
  ].join('\n');
}

/** Keeps the columns of texts of several lines. */
function shorten(text: string): string {
  const cut = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
  return cut.replace(/\s*\n\s*/g, '\n                  ');
}
