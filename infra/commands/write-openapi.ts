import { readFileSync, writeFileSync } from 'node:fs';
import { createOpenApi } from '../../lib/http/openapi/document.ts';
import { withTables } from './reference-tables.ts';
import { writeWireTypes } from './wire-types.ts';

const document = createOpenApi();
const text = JSON.stringify(document, null, 2);
writeFileSync('openapi.json', `${text}\n`);
writeFileSync('docs/api.md', withTables(readFileSync('docs/api.md', 'utf8'), document));
writeFileSync('client/src/wire.ts', await writeWireTypes(JSON.parse(text)));
