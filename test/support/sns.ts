import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { listenLocally } from '../../infra/local/listen.ts';

export type Notice = Record<string, string>;

/** Starts a stand-in for SNS that records what is published with its query protocol. */
export async function startSns() {
  const notices: Notice[] = [];
  const state = { refusing: false };
  const server = createServer(async (request, response) => {
    notices.push(Object.fromEntries(new URLSearchParams(await text(request))));
    response.writeHead(state.refusing ? 403 : 200, { 'content-type': 'text/xml' });
    response.end(
      state.refusing
        ? '<ErrorResponse><Error><Type>Sender</Type><Code>AuthorizationError</Code><Message>No</Message></Error></ErrorResponse>'
        : '<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>',
    );
  });
  const url = await listenLocally(server);
  return {
    url,
    notices,
    state,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
