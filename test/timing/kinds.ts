import { parseKey } from '../../lib/domain/key.ts';
import type { RouteFunction } from '../../lib/routes.ts';
import { validationOf } from '../bench/events.ts';
import { keyNumber } from '../bench/keys.ts';
import { apiEvent } from '../support/api-event.ts';
import type { Guesses } from './guesses.ts';
import { FIRST_UNREAD, type Targets } from './targets.ts';

/** A kind of request that is refused. */
export interface Kind {
  readonly function: RouteFunction;
  /** Makes a request of this kind; each round sends one. */
  readonly request: (round: number) => object;
  /** A delay that only the measurement makes, to show that it finds one. */
  readonly delayMs?: number;
}

export const PLANTED_MS = 0.2;

/** Returns the kinds of refused requests, by name. */
export function kindsOf(
  guesses: Guesses,
  { used, read, revoked, adminToken, namedToken }: Targets,
) {
  const validation = (text: (round: number) => string): Kind => ({
    function: 'validate-key',
    request: (round) => validationOf(text(round)),
  });
  /** Presents a new key in each round, and that of the round before once more. */
  const repeated = (guess: () => string) => {
    let [last, current] = [guess(), guess()];
    const first = () => {
      [last, current] = [current, guess()];
      return current;
    };
    return { first: validation(first), again: validation(() => last) };
  };
  const report = (credentials: () => string): Kind => ({
    function: 'record-usage',
    request: () => {
      const text = credentials();
      const { keyId } = parseKey(text) ?? used;
      const headers = { authorization: `Bearer ${text}` };
      return apiEvent('POST', '/api/v1/usage/{key_id}', { headers, keyId, body: {} });
    },
  });
  const unknown = repeated(guesses.unknown);
  const wrong = repeated(() => guesses.wrongSecret(used));
  return {
    malformed: validation(guesses.malformed),
    'wrong checksum': validation(guesses.wrongChecksum),
    'unknown key': unknown.first,
    'other unknown key': validation(guesses.unknown),
    'unknown key, delayed': { ...validation(guesses.unknown), delayMs: PLANTED_MS },
    'wrong secret, key in use': wrong.first,
    'nearly right secret, key in use': validation(() => guesses.nearlyRight(used)),
    'wrong secret, key never verified': validation(() => guesses.wrongSecret(read)),
    'wrong secret, revoked key': validation(() => guesses.wrongSecret(revoked)),
    'wrong secret, key not read before': validation((round) =>
      guesses.wrongSecret(keyNumber(FIRST_UNREAD + round)),
    ),
    'unknown key, again': unknown.again,
    'wrong secret, again': wrong.again,
    'report, unknown key': report(guesses.unknown),
    'report, wrong secret': report(() => guesses.wrongSecret(used)),
    'wrong admin token': report(guesses.token),
    'nearly right admin token': report(() => guesses.nearlyToken(adminToken)),
    'wrong named token': report(() => `hkt_${guesses.token()}`),
    'nearly right named token': report(() => guesses.nearlyToken(namedToken)),
  } as const satisfies Record<string, Kind>;
}

export type KindName = keyof ReturnType<typeof kindsOf>;
