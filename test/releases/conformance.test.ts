import { randomInt } from 'node:crypto';
import { beforeAll, expect, test } from '@jest/globals';
import { followStream } from '../../infra/local/stream.ts';
import { KIT_COMMAND } from '../../infra/release-archive.ts';
import { coin, type Shares, startCanary } from '../support/canary.ts';
import { cleanUp } from '../support/clean-up.ts';
import { ADMIN_TOKEN } from '../support/client.ts';
import { extract, lastRelease, startReleases } from '../support/releases.ts';
import { runCommand } from '../support/run-command.ts';
import { scaled } from '../support/scaled.ts';

/** Set `RELEASES_SEED` to the seed in the name of a failed test to send requests the same way. */
const SEED = Number(process.env.RELEASES_SEED ?? randomInt(1_000_000));
const { version: VERSION } = JSON.parse(lastRelease['package.json'] ?? '');
/** The kit waits for the next hour at the end of one. */
const TIMEOUT_MS = 90_000;

/**
 * Each request that one run sends to a release, the other sends to the other. The suite has one of
 * them, with another seed each time.
 */
const RUNS = [
  { way: 'as the coin falls', inverted: false },
  { way: 'the other way round', inverted: true },
].slice(0, scaled(1, 2));

/** The areas of the kit, of which the suite runs a half that depends on the seed. */
const ALL_AREAS = Object.keys(lastRelease).flatMap(
  (file) => /([a-z]+)\.arazzo\.yaml$/.exec(file)?.slice(1) ?? [],
);
const FIRST = SEED % ALL_AREAS.length;
const AREAS = [...ALL_AREAS, ...ALL_AREAS].slice(
  FIRST,
  FIRST + scaled(Math.ceil(ALL_AREAS.length / 2), ALL_AREAS.length),
);

interface Outcome {
  readonly code: number | null;
  readonly said: string;
  readonly shares: Shares;
}

let outcomes: Promise<Outcome>[];
beforeAll(async () => {
  const { previous, current } = await startReleases();
  const kit = extract(lastRelease);
  const chooseCounter = coin(SEED);
  cleanUp(
    followStream((batch) => (chooseCounter() ? previous : current).invoke('count-usage', batch)),
  );
  outcomes = RUNS.map(async ({ inverted }) => {
    const toss = coin(SEED);
    const choose = () => (toss() === inverted ? previous : current);
    const { url, shares } = await startCanary(previous, current, choose);
    return { ...(await conform(kit, url)), shares };
  });
}, TIMEOUT_MS);

/** Runs the conformance kit of the last release. */
async function conform(kit: string, url: string) {
  const env = { ...process.env, ADMIN_TOKEN };
  const args = [KIT_COMMAND, '--url', url, ...AREAS.flatMap((area) => ['--only', area])];
  const { code, said, complained } = await runCommand(args, { cwd: kit, env });
  return { code, said: said + complained };
}

test.each(RUNS.map((run, i) => ({ ...run, i })))(
  `the kit of ${VERSION} passes in ${AREAS.join(', ')} with half of the requests on either release, seed ${SEED} $way`,
  async ({ i }) => {
    const outcome = await outcomes[i];
    expect(outcome?.said.match(/^FAIL.*(\n {6}.*)*/gm)).toBeNull();
    expect(outcome?.said).toMatch(/^(\d+) of \1 cases passed in \d+ s\.$/m);
    expect(outcome?.code).toBe(0);
    const { previous = 0, current = 0 } = outcome?.shares ?? {};
    expect(Math.min(previous, current)).toBeGreaterThan(50);
  },
  TIMEOUT_MS,
);
