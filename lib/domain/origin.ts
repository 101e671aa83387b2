import type { Principal } from './principal.ts';

/** The sender, source and time of a change, and its reason if one was given. */
export interface Origin {
  readonly principal: Principal;
  readonly now: Date;
  readonly sourceIp: string;
  readonly userAgent: string;
  readonly requestId: string;
  readonly reason?: string;
}
