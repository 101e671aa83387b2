import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';

/**
 * Listens on the loopback address.
 * @param port picks a free one if 0
 * @returns the URL
 * @throws the error of the operating system, such as EADDRINUSE
 */
export async function listenLocally(server: Server, port = 0): Promise<string> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
