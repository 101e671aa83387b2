import { randomInt } from 'node:crypto';
import { beforeAll, expect, test } from '@jest/globals';
import { seeded } from '../../infra/capacity/seeded.ts';
import { loadHandlers } from '../../infra/local/gateway.ts';
import { captureIssued } from '../support/captured.ts';
import { cleanUp } from '../support/clean-up.ts';
import { operations } from '../support/contract/document.ts';
import { tapOutput } from '../support/log-lines.ts';
import { scaled } from '../support/scaled.ts';
import { useService } from '../support/service.ts';
import { Counts, describeFailure } from './report.ts';
import { drawSeeds, search } from './search.ts';
import { sweep } from './sweep.ts';
import { RequestLog, type Target } from './target.ts';
import { createTokens } from './tokens.ts';

const LANES = 16;
/** Of each lane. */
const SEQUENCES = 2;
const OTHER_SEQUENCES = scaled(1, 20);
const RANDOM_SEED = randomInt(1_000_000);

const service = useService();
let target: Target;
beforeAll(async () => {
  const tokens = await createTokens();
  for (const token of Object.values(tokens)) captureIssued(token);
  const log = new RequestLog();
  const endTap = tapOutput((text) => {
    for (const line of text.split('\n')) log.add(line);
    return false;
  });
  cleanUp(endTap);
  const handlers = await loadHandlers();
  const context = { getRemainingTimeInMillis: () => 5_000 };
  target = {
    port: Number(new URL(service.url).port),
    tokens,
    log,
    issued: new Map(),
    unanswered: 0,
    ended: () => undefined,
    revive: async () => {},
    now: () => service.clock.now,
    // The event may be one that API Gateway never sends; the context has what the functions read.
    invoke: (name, event) =>
      handlers[name](event as never, { ...context, functionName: name } as never),
  };
});

/** Returns what random requests find, and counts them. */
async function find(seed: number, sequences: number): Promise<{ found: string[]; counts: Counts }> {
  const counts = new Counts();
  const seeds = drawSeeds(seeded(seed), LANES);
  const failures = await search(seeds, sequences, target, counts.add);
  return { found: [...failures.map(describeFailure), ...(await sweep(target))], counts };
}

test('random requests find nothing, and most operations are carried out', async () => {
  const { found, counts } = await find(20261128, SEQUENCES);
  expect(found).toEqual([]);
  const carriedOut = operations.filter(
    ({ key }) => counts.of(key, '200') > 0 || counts.of(key, '201') > 0,
  );
  expect(carriedOut.length).toBeGreaterThan(operations.length * 0.7);
});

test(`other requests find nothing: npm run fuzz -- --seed ${RANDOM_SEED}`, async () => {
  expect((await find(RANDOM_SEED, OTHER_SEQUENCES)).found).toEqual([]);
});
