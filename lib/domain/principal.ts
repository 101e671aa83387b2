/** The sender of a request, as it was authenticated: once, before anything else is read. */
export type Principal =
  | { readonly kind: 'admin' }
  /** The key itself was presented, and is one that may do what the request asks for. */
  | { readonly kind: 'key'; readonly keyId: string }
  /** No credentials were asked for. */
  | { readonly kind: 'anyone' };
