import { docsFolder } from '../lib/environment.ts';
import { Problem } from '../lib/http/problem.ts';
import { route } from '../lib/http/route.ts';
import { fileReply, readStaticFiles } from '../lib/http/static-files.ts';

const folder = docsFolder();
const files = folder === undefined ? undefined : readStaticFiles(folder);

/** `GET /docs`, its scripts, and `GET /openapi.json`: the API reference. */
export const handler = route('GET /docs/{file}', {}, (call) => {
  const file = files?.get(call.path);
  if (!file) throw new Problem('no_route');
  return fileReply(file, call);
});
