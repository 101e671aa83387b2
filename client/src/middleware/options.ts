/** What a route requires of a request. */
export interface RouteOptions {
  /** The scope that a key needs. */
  readonly scope?: string | undefined;
  /** The environment that a key must be for; by default that of the client. */
  readonly environment?: string | undefined;
  /**
   * Whether a request is let through without an `apiKey` while the API-key service is out; by
   * default it is answered with 503. Only `true` does.
   */
  readonly failOpen?: boolean | undefined;
}

/** Options of a route whose requests come from sockets; `Exchange` is the framework's view of one. */
export interface HttpRouteOptions<Exchange extends readonly unknown[]> extends RouteOptions {
  /**
   * How many proxies in front of the application append to `X-Forwarded-For`; by default 0: the
   * client is who connects to the socket.
   */
  readonly trustedProxies?: number | undefined;
  /** Whether, and how, the usage of keys is reported when a response has ended. */
  readonly report?: boolean | ReportOptions<Exchange> | undefined;
}

/** The names of the options. */
export const ROUTE_OPTIONS = [
  'scope',
  'environment',
  'failOpen',
] as const satisfies (keyof RouteOptions)[];
export const HTTP_ROUTE_OPTIONS = [
  ...ROUTE_OPTIONS,
  'trustedProxies',
  'report',
] as const satisfies (keyof HttpRouteOptions<never>)[];

/** Called after the response. What these throw becomes a warning of the process, not a report. */
export interface ReportOptions<Exchange extends readonly unknown[]> {
  // Methods, because their parameters may then have the framework's own types.
  /** Returns the name of the endpoint; by default the route's pattern, or the path without query. */
  endpoint?(...exchange: Exchange): string;
  /**
   * Returns the predictions that count against the key's monthly limit; by default 0. The report is
   * dropped if this is not a whole number from 0.
   */
  predictions?(...exchange: Exchange): number;
}
