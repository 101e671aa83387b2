import { writeFileSync } from 'node:fs';
import { createOpenApi } from '../../lib/http/openapi/document.ts';

writeFileSync('openapi.json', `${JSON.stringify(createOpenApi(), null, 2)}\n`);
