import { type Handler, loadHandlers } from '../../infra/local/gateway.ts';
import { type RouteFunction, TIMEOUT_SECONDS } from '../../lib/routes.ts';
import { validationOf } from '../bench/events.ts';
import type { Progress } from '../bench/progress.ts';
import { createGuesses } from './guesses.ts';
import { type Kind, type KindName, kindsOf } from './kinds.ts';
import { withTargets } from './targets.ts';

/** The rounds before those that count, while the process compiles and fills its caches. */
const WARM_UP_ROUNDS = 300;

/** The times of the requests of each kind in milliseconds, one for each round. */
export type Samples = Record<KindName, readonly number[]>;

type Handlers = Record<RouteFunction, Handler>;

/**
 * Measures `count` rounds. Each round calls the functions with one request of every kind, one after
 * another as Lambda does, in random order: what slows the machine down meets all kinds alike.
 * @param random returns a number from 0 to 1
 */
export async function takeSamples(
  count: number,
  random: () => number,
  progress: Progress,
): Promise<Samples> {
  const draw = (bound: number) => Math.floor(random() * bound);
  const guesses = createGuesses(draw);
  const rounds = WARM_UP_ROUNDS + count;
  return withTargets(rounds, guesses, progress, async (targets) => {
    const handlers = await loadHandlers();
    for (const { text } of [targets.used, targets.revoked]) {
      await call(handlers['validate-key'], validationOf(text));
    }
    const kinds = Object.entries<Kind>(kindsOf(guesses, targets));
    const times: Record<string, number[]> = Object.fromEntries(kinds.map(([name]) => [name, []]));
    for (let round = 0; round < rounds; round++) {
      for (const [name, kind] of shuffled(kinds, draw)) {
        const took = await measure(handlers, kind, round);
        if (round >= WARM_UP_ROUNDS) times[name]?.push(took);
      }
      progress(`measuring ${count} rounds`, (round + 1) / rounds);
    }
    return times as Record<KindName, number[]>;
  });
}

/** @throws Error when the answer is not 401 */
async function measure(handlers: Handlers, kind: Kind, round: number): Promise<number> {
  const { function: name, request, delayMs = 0 } = kind;
  const handler = handlers[name];
  const event = request(round);
  const began = performance.now();
  while (performance.now() - began < delayMs);
  const { statusCode, body } = await call(handler, event);
  const took = performance.now() - began;
  if (statusCode !== 401) throw new Error(`A refused request was answered with ${body}`);
  return took;
}

async function call(handler: Handler, event: object) {
  const endsAt = Date.now() + TIMEOUT_SECONDS * 1000;
  const context = { getRemainingTimeInMillis: () => endsAt - Date.now() };
  // The functions use no more of the event and the context than this.
  return handler(event as never, context as never);
}

function shuffled<T>(list: readonly T[], draw: (bound: number) => number): T[] {
  const result = [...list];
  for (let last = result.length - 1; last > 0; last--) {
    const other = draw(last + 1);
    [result[last], result[other]] = [result[other] as T, result[last] as T];
  }
  return result;
}
