import { readFileSync, writeFileSync } from 'node:fs';
import { cdkSchema, withSettings } from './settings-reference.ts';

const PAGE = 'docs/operations.md';

writeFileSync('infra/cdk-schema.json', `${JSON.stringify(cdkSchema(), null, 2)}\n`);
writeFileSync(PAGE, withSettings(readFileSync(PAGE, 'utf8')));
