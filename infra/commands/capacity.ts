import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { capacityTables, withCapacity } from '../capacity/tables.ts';

const PAGE = 'docs/capacity.md';
const HELP = `npm run capacity -- [--write]

Simulates validations at several rates against the quotas of AWS and the settings of a production
stage, and prints the tables of ${PAGE}.
  --write  replaces them in ${PAGE}
  --help   prints this text
`;

try {
  const { values } = parseArgs({
    options: {
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) console.log(HELP);
  else {
    const tables = capacityTables();
    for (const [name, table] of Object.entries(tables)) console.log(`${name}\n\n${table}\n`);
    if (values.write) {
      writeFileSync(PAGE, withCapacity(readFileSync(PAGE, 'utf8'), tables));
      console.log(`Wrote ${PAGE}.`);
    }
  }
} catch (error) {
  console.error(`${(error as Error).message}\n\n${HELP}`);
  process.exitCode = 2;
}
