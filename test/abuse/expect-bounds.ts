import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { replaceTables } from '../../infra/commands/markdown-table.ts';
import type { useService } from '../support/service.ts';
import type { Attack, Bound } from './attack.ts';
import { abuseTable } from './table.ts';

const PAGE = 'docs/abuse.md';
const HOUR_MS = 3_600_000;
/** As long as the longest window of a bound, so that each round is in windows of its own. */
const ROUND_MS = 60_000;

const callsWithin = ({ within }: Bound) => within?.calls ?? 0;

/** Compares the requests to a dependency in one window with its bound. */
function expectCalls(actions: readonly string[], bound: Bound, requests: number): void {
  const each = (bound.each ?? 0) * requests;
  expect(actions.length).toBeGreaterThanOrEqual(each);
  expect(actions.length).toBeLessThanOrEqual(each + callsWithin(bound));
}

/** Tests that each attack costs what its bound says, and that the page has those bounds. */
export function expectBounds(
  service: ReturnType<typeof useService>,
  name: string,
  attacks: readonly Attack[],
): void {
  const advance = (ms: number) => {
    service.clock.now = new Date(service.clock.now.getTime() + ms);
  };

  test.each(attacks.map((attack) => [attack.sent, attack] as const))(
    '%s cost what docs/abuse.md says',
    async (_, { status, dynamodb, secrets, prepare }) => {
      advance(HOUR_MS);
      const attempt = await prepare(service);
      const requests = callsWithin(dynamodb) + callsWithin(secrets) + 3;
      for (const round of [1, 2]) {
        advance(ROUND_MS);
        service.dynamodb.actions.length = 0;
        service.secrets.actions.length = 0;
        // One after another, as a function instance receives them.
        for (let i = 0; i < requests; i++) {
          const { method, path, ...rest } = attempt(round * requests + i);
          expect((await service.call(method, path, { ...rest, admin: false })).status).toBe(status);
        }
        expectCalls(service.dynamodb.actions, dynamodb, requests);
        expectCalls(service.secrets.actions, secrets, requests);
      }
    },
  );

  test(`${PAGE} has these attacks and bounds`, () => {
    const page = readFileSync(PAGE, 'utf8');
    expect(page).toBe(replaceTables(page, 'abuse', { [name]: abuseTable(attacks) }));
  });
}
