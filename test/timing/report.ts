import { markdownTable } from '../../infra/commands/markdown-table.ts';
import type { Environment } from '../bench/environment.ts';
import { quantile } from '../bench/statistics.ts';
import { isFinding, type Judged } from './judge.ts';
import type { Samples } from './sample.ts';

/** Returns the tables of the page, by their names on it. */
export function timingTables(
  run: { readonly samples: Samples; readonly judged: readonly Judged[]; readonly seed: number },
  { date, commit, machine, node }: Environment,
): Record<string, string> {
  const { samples, judged, seed } = run;
  const rounds = samples.malformed.length;
  return {
    run: `${date}, commit ${commit}, Node.js ${node}, ${machine}: ${rounds} rounds, seed ${seed}.`,
    pairs: markdownTable([
      ['First', 'Second', 'Second − first, ms', 'p', 'Found from, ms', 'Times'],
      ...judged.map((pair) => [
        pair.first,
        pair.second,
        `${signed(pair.difference)} ± ${pair.margin.toFixed(3)}`,
        pair.p.toFixed(4),
        pair.resolution.toFixed(3),
        verdictOf(pair),
      ]),
    ]),
    kinds: markdownTable([
      ['Request', '10 %, ms', 'Median, ms', '90 %, ms'],
      ...Object.entries(samples).map(([name, times]) => [
        name,
        ...[0.1, 0.5, 0.9].map((q) => quantile(times, q).toFixed(3)),
      ]),
    ]),
  };
}

function signed(ms: number): string {
  return `${ms < 0 ? '−' : '+'}${Math.abs(ms).toFixed(3)}`;
}

function verdictOf(pair: Judged): string {
  const times = pair.isSeparable ? 'separable' : 'not separable';
  if (isFinding(pair)) return `**${times}**`;
  return pair.expected === 'same' ? times : `${times} (${pair.expected})`;
}
