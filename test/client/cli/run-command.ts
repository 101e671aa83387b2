import { PassThrough, Writable } from 'node:stream';
import { run } from '../../../client/src/cli/run.ts';
import { captureIssued } from '../../support/captured.ts';
import { ADMIN_TOKEN } from '../../support/client.ts';
import { NOW } from '../../support/service.ts';

interface Options {
  readonly env?: Record<string, string>;
  /** What is typed or piped in. */
  readonly input?: string;
  /** Whether the streams are terminals, and of how many columns. */
  readonly columns?: number;
  /** Called after each line of results. */
  readonly onLine?: (line: string) => void;
}

/** Runs the command in this process, as an administrator of a service. */
export async function runCommand(url: string, args: readonly string[], options: Options = {}) {
  const { env = {}, input, columns, onLine } = options;
  const terminal = columns === undefined ? {} : { isTTY: true, columns };
  const stdin = Object.assign(new PassThrough(), terminal);
  if (input === undefined) stdin.end();
  else stdin.end(input);
  let out = '';
  let err = '';
  const stdout = collect((text) => {
    out += text;
    onLine?.(text);
  });
  const stderr = collect((text) => {
    err += text;
  });
  const code = await run(args, {
    stdin,
    stdout: Object.assign(stdout, terminal),
    stderr: Object.assign(stderr, terminal),
    env: { HOKUSAI_AUTH_URL: url, HOKUSAI_ADMIN_TOKEN: ADMIN_TOKEN, ...env },
    now: () => NOW.getTime(),
  });
  for (const [key] of out.matchAll(/hk_(live|test|dev)_[0-9A-Za-z]{32}/g)) captureIssued(key);
  return { code, out, err };
}

function collect(take: (text: string) => void): Writable {
  return new Writable({
    write(chunk, _, done) {
      take(String(chunk));
      done();
    },
  });
}
