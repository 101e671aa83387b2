import { isIP, isIPv4 } from 'node:net';

/** The address of a client that is not known: the service refuses it to keys with an allowlist. */
const UNKNOWN = '';

/**
 * Returns the address of the client, as the outermost trusted proxy saw it. Each proxy appends the
 * address that it was connected from to `X-Forwarded-For`, so entries further left may be forged.
 * With fewer entries than proxies the request has bypassed one, and no entry can be trusted.
 * @param forwardedFor all lines of the header, joined by commas
 * @param socketAddress undefined if unknown, as with a Unix domain socket
 * @returns an IPv4 or IPv6 address; empty if it is not known
 */
export function clientAddress(
  forwardedFor: string | undefined,
  socketAddress: string | undefined,
  trustedProxies: number,
): string {
  if (trustedProxies === 0) return parseAddress(socketAddress);
  return parseAddress(forwardedFor?.split(',').at(-trustedProxies));
}

/** Returns the address in an entry, without its port and without the prefix of a mapped address. */
function parseAddress(entry = ''): string {
  const text = entry.trim();
  const [, bare = text] =
    /^\[([^\]]*)\](?::\d+)?$/.exec(text) ?? /^(\d+(?:\.\d+){3}):\d+$/.exec(text) ?? [];
  // The service does not accept a zone, as in `fe80::1%eth0`, and a zone may have any length.
  if (!isIP(bare) || bare.includes('%')) return UNKNOWN;
  const mapped = /^::ffff:(.+)$/i.exec(bare)?.[1] ?? '';
  return isIPv4(mapped) ? mapped : bare;
}
