import { afterAll } from '@jest/globals';
import { VARIABLES } from '../../lib/environment.ts';
import { disableAsyncStorages } from './async-storages.ts';
import { captureOutput } from './captured.ts';
import { runCleanUp } from './clean-up.ts';
import { saveSeen } from './contract/seen.ts';
import { searchForLeaks } from './leak-search.ts';
import { isLogLine, tapOutput } from './log-lines.ts';
import { ownName } from './own-names.ts';

const { keysTable, usageTable, auditTable, securityTable } = VARIABLES;
const { adminTokenSecret, namedTokensSecret, pepperSecret } = VARIABLES;
for (const name of [
  ...[keysTable, usageTable, auditTable, securityTable],
  ...[adminTokenSecret, namedTokensSecret, pepperSecret],
]) {
  process.env[name] = ownName(name);
}

// The service's log lines are captured instead of shown among the test results.
const endCapture = tapOutput((text) => {
  captureOutput('log line', text.trimEnd());
  return isLogLine(text);
});

afterAll(async () => {
  await runCleanUp();
  endCapture();
  saveSeen();
  await searchForLeaks();
  disableAsyncStorages();
});
