/** The token of an administrator or a service, as logs, metrics and the audit trail name it. */
export interface TokenLabel {
  /** The name of a named token; `admin` is the token that Secrets Manager rotates. */
  readonly name: string;
  /** The version of the secret that held the token. */
  readonly version: string;
}

/** The sender of a request, authenticated once, before the body and the query are read. */
export type Principal =
  | { readonly kind: 'admin'; readonly token: TokenLabel }
  /** May read everything that an administrator may, and change nothing. */
  | { readonly kind: 'auditor'; readonly token: TokenLabel }
  /** May report the usage of the keys of one service. */
  | { readonly kind: 'service'; readonly token: TokenLabel; readonly serviceId: string }
  /** The key that the path names was presented, and may do what the request asks for. */
  | { readonly kind: 'key' }
  /** The route, or the sender's address, needs no credentials. */
  | { readonly kind: 'anyone' };
