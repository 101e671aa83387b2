import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { replaceTables } from './markdown-table.ts';

/**
 * Runs a command that prints the tables of a page and, with `--write`, replaces them there.
 * @param kind of the tables, as the page marks them
 * @param compute returns the tables by their names on the page
 */
export async function printTables(
  help: string,
  page: string,
  kind: string,
  compute: () => Record<string, string> | Promise<Record<string, string>>,
): Promise<void> {
  try {
    const { values } = parseArgs({
      options: {
        write: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return console.log(help);
    const tables = await compute();
    for (const [name, table] of Object.entries(tables)) console.log(`${name}\n\n${table}\n`);
    if (!values.write) return;
    writeFileSync(page, replaceTables(readFileSync(page, 'utf8'), kind, tables));
    console.log(`Wrote ${page}.`);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${help}`);
    process.exitCode = 2;
  }
}
