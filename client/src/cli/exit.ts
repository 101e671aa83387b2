/** The exit codes of the command. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  refused: 4,
  findings: 5,
} as const;

export const EXIT_CODES_HELP = `
Exit codes:
  0  done
  1  the service failed, is not reachable, or its answer is lost
  2  the command line or a value in it is not valid
  3  there is no such key, token or secret
  4  refused: the token may not do it, the key's state does not allow it, or it was not confirmed
  5  findings: an audit trail is not intact, or posture --check has found a problem
`;

/** Ends the command with an exit code. The message, if there is one, is for people. */
export class Exit extends Error {
  constructor(
    readonly code: (typeof EXIT)[keyof typeof EXIT],
    message = '',
  ) {
    super(message);
  }
}
