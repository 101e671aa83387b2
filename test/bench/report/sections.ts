import type { Results } from '../measure/all.ts';
import { costsOf } from './costs.ts';
import { appsTable, leaseRatesTable, localValidation } from './leases.ts';
import { ratiosOf } from './ratios.ts';
import { markdownTable } from './table.ts';

/** Returns the measured values of each section as Markdown, in the order of the page. */
export function renderSections(results: Results) {
  return {
    environment: environmentList(results),
    operations: operationsTable(results),
    ratios: markdownTable(
      { Ratio: ({ name }) => name, Value: ({ value }) => value },
      ratiosOf(results),
    ),
    costs: costsTable(results),
    load: loadTable(results),
    revocation: revocationTable(results),
    apps: appsTable(results),
    leaseRates: leaseRatesTable(results),
    localValidation: localValidation(results),
    coldStart: coldStart(results),
    http: http(results),
    memory: memory(results),
  };
}

/** Returns all measured values as Markdown, without the explanations of the page. */
export const renderReport = (results: Results) =>
  Object.values(renderSections(results)).join('\n\n');

const environmentList = ({ environment: { machine, node, commit, date } }: Results) =>
  `- Machine: ${machine}
- Node.js: ${node}
- Commit: \`${commit}\`
- Date: ${date}`;

const operationsTable = ({ operations }: Results) =>
  markdownTable(
    {
      Operation: ({ name }) => name,
      'median ms': ({ medianMs }) => medianMs,
      'p99 ms': ({ p99Ms }) => p99Ms,
      'CPU ms': ({ cpuMs }) => cpuMs,
      'DynamoDB requests': ({ requests }) => requests,
      'read units': ({ reads }) => reads,
      'write units': ({ writes }) => writes,
      'calls/s, 1 caller': ({ perSecond1 }) => perSecond1,
      'calls/s, 16 callers': ({ perSecond16 }) => perSecond16,
    },
    operations,
  );

const costsTable = ({ operations }: Results) =>
  markdownTable(
    {
      Operation: ({ name }) => name,
      'read units': ({ reads }) => reads,
      'write units': ({ writes }) => writes,
      '$ per million': ({ perMillion }) => perMillion,
    },
    costsOf(operations),
  );

const loadTable = ({ load: { rows } }: Results) =>
  markdownTable(
    {
      'Validations with': ({ name }) => name,
      'reports/s': ({ reportsPerSecond }) => reportsPerSecond,
      failed: ({ failed }) => failed,
      'median ms': ({ medianMs }) => medianMs,
      'p99 ms': ({ p99Ms }) => p99Ms,
    },
    rows,
  );

const revocationTable = ({ revocation: { connections, withinMs, changes } }: Results) =>
  markdownTable(
    {
      [`Change, ${connections} connections`]: ({ name }) => name,
      tries: ({ tries }) => tries,
      'median ms': ({ medianMs }) => medianMs,
      'slowest ms': ({ slowestMs }) => slowestMs,
      [`of them within ${withinMs / 1000} s`]: ({ inTime }) => inTime,
    },
    changes,
  );

function coldStart({ coldStart: { bundles, firstValidationMs } }: Results): string {
  const table = markdownTable(
    {
      Bundle: ({ name }) => name,
      KB: ({ kb }) => kb,
      'load ms': ({ loadMs }) => loadMs,
      '÷ the SDK alone': ({ ratio }) => ratio,
    },
    bundles,
  );
  return `${table}

The first validation of a fresh process takes ${firstValidationMs} ms.`;
}

function http({ http: { connections, perSecond, medianMs, p99Ms, not2xx } }: Results): string {
  const latency = `median ${medianMs} ms, p99 ${p99Ms} ms`;
  const rate = `${perSecond} validations/s, ${not2xx} failed`;
  return `Over HTTP, ${connections} connections: ${rate}, ${latency}.`;
}

function memory({ memory: rssMb }: Results): string {
  const after = (keys = Number.NaN) => `${rssMb[keys]} MB after ${keys.toLocaleString('en')} keys`;
  const counts = Object.keys(rssMb).map(Number);
  const highest = Math.max(...Object.values(rssMb));
  const [first, last] = [after(counts[0]), after(counts.at(-1))];
  return `Memory (RSS) of a process that validates many keys: ${first}, ${last}, ${highest} MB at its peak.`;
}
