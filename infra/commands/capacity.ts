import { capacityTables } from '../capacity/tables.ts';
import { printTables } from './print-tables.ts';

const PAGE = 'docs/capacity.md';
const HELP = `npm run capacity -- [--write]

Simulates validations at several rates against the quotas of AWS and the settings of a production
stage, and prints the tables of ${PAGE}.
  --write  replaces them in ${PAGE}
  --help   prints this text
`;

await printTables(HELP, PAGE, 'capacity', capacityTables);
