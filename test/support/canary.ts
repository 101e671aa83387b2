import { createServer, request } from 'node:http';
import { seeded } from '../../infra/capacity/seeded.ts';
import { listenLocally } from '../../infra/local/listen.ts';
import { matchRoute } from '../../lib/http/routing.ts';
import { cleanUp } from './clean-up.ts';
import type { Release } from './releases.ts';

/** How many requests each release was sent. */
export type Shares = Record<Release['name'], number>;

/**
 * Starts a gateway that sends each request to the release that `choose` returns. A function that
 * only one release has is the same for both, as an alias of a new function has one version.
 */
export async function startCanary(
  previous: Release,
  current: Release,
  choose: () => Release,
): Promise<{ url: string; shares: Shares }> {
  const shares: Shares = { previous: 0, current: 0 };
  const server = createServer((incoming, outgoing) => {
    const { method = 'GET', url = '/', headers } = incoming;
    const name = matchRoute(method, url.split('?')[0] ?? url)?.route.function ?? 'not-found';
    const chosen = choose();
    const release = previous.functions.has(name) ? chosen : current;
    shares[release.name]++;
    // A connection of its own: one that is kept may be closed at the moment of its next use.
    const options = { method, headers, agent: false };
    const onward = request(new URL(url, release.url), options, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  cleanUp(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: await listenLocally(server), shares };
}

/** Returns a source of fair coin tosses that a seed determines. */
export function coin(seed: number): () => boolean {
  const random = seeded(seed);
  return () => random() < 0.5;
}
