/** The sender of a request, authenticated once, before the body and the query are read. */
export type Principal =
  | { readonly kind: 'admin' }
  /** The key that the path names was presented, and may do what the request asks for. */
  | { readonly kind: 'key' }
  /** The route, or the sender's address, needs no credentials. */
  | { readonly kind: 'anyone' };
