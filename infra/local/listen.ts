import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';

/**
 * Listens on this machine only.
 * @param port 0: any free one
 * @returns the URL
 * @throws the system's error, such as EADDRINUSE
 */
export async function listenLocally(server: Server, port = 0): Promise<string> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
