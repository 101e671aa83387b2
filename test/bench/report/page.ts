import { readFileSync } from 'node:fs';
import type { Results } from '../measure/all.ts';
import { HELP } from '../options.ts';
import { callPrice, READ_UNITS_PRICE, WRITE_UNITS_PRICE } from './costs.ts';
import { renderSections } from './sections.ts';

const TEMPLATE = 'test/bench/report/page.md';

/** Returns docs/benchmarks.md: the template with its placeholders replaced by the results. */
export function renderPage(results: Results): string {
  const values: Readonly<Record<string, string>> = {
    help: HELP,
    writePrice: String(WRITE_UNITS_PRICE),
    readPrice: String(READ_UNITS_PRICE),
    callPrice: callPrice().toFixed(2),
    ...renderSections(results),
  };
  return readFileSync(TEMPLATE, 'utf8').replaceAll(/\{\{(\w+)\}\}/g, (placeholder, name) => {
    const { [name]: value } = values;
    if (value === undefined) throw new Error(`${TEMPLATE} has an unknown ${placeholder}`);
    return value;
  });
}
