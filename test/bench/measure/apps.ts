import type { Check } from '../client/task.ts';
import { LEASED_KEYS } from '../constants.ts';
import { keyNumber } from '../keys.ts';
import type { Bench } from '../setup.ts';
import { median, round } from '../statistics.ts';
import { applyLoad, type Load } from './http-load.ts';

const CHECKS: readonly Check[] = ['none', 'calls', 'leases'];
const CONNECTIONS = [1, 16, 64];
const ROUNDS = 3;

type Round = Readonly<Record<Check, Load>>;

/**
 * Compares an Express application without a check of keys, with a call for each request, and with
 * leases. Each has its own process, and they alternate.
 */
export async function measureApps({ startClient, progress }: Bench, service: string) {
  const urls = await Promise.all(
    CHECKS.map(async (check) => (await startClient()).startApp({ url: service, check })),
  );
  const loadEach = async (connections: number): Promise<Round> => {
    const loads: [Check, Load][] = [];
    for (const [i, check] of CHECKS.entries()) {
      const key = keyNumber(LEASED_KEYS + i).text;
      loads.push([check, await applyLoad(`${urls[i]}/v1/prediction`, key, connections)]);
    }
    // The cast is sound: each check has its load.
    return Object.fromEntries(loads) as Round;
  };
  await loadEach(Math.max(...CONNECTIONS));
  const measured = CONNECTIONS.map((connections) => ({ connections, rounds: [] as Round[] }));
  for (let i = 0; i < ROUNDS; i++) {
    for (const { connections, rounds } of measured) rounds.push(await loadEach(connections));
    progress('loading applications that check keys', (i + 1) / ROUNDS);
  }
  return measured.flatMap(({ connections, rounds }) =>
    CHECKS.map((check) => {
      const medianOf = (field: keyof Load) => median(rounds.map((round) => round[check][field]));
      const perSecond = (round: Round, of: Check) => round[of].perSecond;
      return {
        check,
        connections,
        perSecond: round(medianOf('perSecond'), 0),
        medianMs: round(medianOf('medianMs')),
        p99Ms: round(medianOf('p99Ms')),
        /** Throughput divided by that without a check. */
        ratio: round(median(rounds.map((r) => perSecond(r, check) / perSecond(r, 'none')))),
      };
    }),
  );
}
