import { readFileSync } from 'node:fs';
import { dollarsFor, PRICES } from '../../../infra/costs/prices.ts';
import type { Results } from '../measure/all.ts';
import { HELP } from '../options.ts';
import { renderSections } from './sections.ts';

const TEMPLATE = 'test/bench/report/page.md';

/** Returns docs/benchmarks.md: the template with its placeholders replaced by the results. */
export function renderPage(results: Results): string {
  const values: Readonly<Record<string, string>> = {
    help: HELP,
    writePrice: String(dollarsFor(1_000_000, PRICES.writeUnit)),
    readPrice: String(dollarsFor(1_000_000, PRICES.readUnit)),
    ...renderSections(results),
  };
  return readFileSync(TEMPLATE, 'utf8').replaceAll(/\{\{(\w+)\}\}/g, (placeholder, name) => {
    const { [name]: value } = values;
    if (value === undefined) throw new Error(`${TEMPLATE} has an unknown ${placeholder}`);
    return value;
  });
}
