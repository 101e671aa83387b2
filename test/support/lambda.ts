import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { dirname, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { apiEvent, type EventParts } from './api-event.ts';
import { captureIssued, captureOutput } from './captured.ts';
import { cleanUp } from './clean-up.ts';
import { ADMIN_TOKEN } from './client.ts';
import { checkExchange } from './contract/check.ts';

const AS_ADMIN = { authorization: `Bearer ${ADMIN_TOKEN}` };

/** A bundle that runs in a process of its own, with the given environment variables only. */
export class Lambda {
  /** The lines that it has logged. */
  readonly lines: Record<string, unknown>[] = [];

  private constructor(
    private readonly child: ChildProcess,
    private readonly seconds: number,
  ) {
    if (child.stderr) {
      createInterface(child.stderr).on('line', (line) => captureOutput('log line', line));
    }
  }

  static async start(file: string, env: Record<string, string>, seconds: number): Promise<Lambda> {
    const child = fork(resolve('test/support/lambda-runtime.mjs'), [file], {
      env,
      cwd: dirname(file),
      silent: true,
      execArgv: [],
    });
    const lambda = new Lambda(child, seconds);
    cleanUp(() => lambda.stop());
    const [ready] = await once(child, 'message');
    if (!ready.ready) throw new Error(`${file} does not load`);
    return lambda;
  }

  // biome-ignore lint/suspicious/noExplicitAny: what a function answers is for the test to assert
  async invoke(event: unknown): Promise<any> {
    this.child.send({ event, seconds: this.seconds });
    const [{ result, error, logged }] = await once(this.child, 'message');
    const lines: string[] = logged.join('').split('\n').filter(Boolean);
    for (const line of lines) captureOutput('log line', line);
    this.lines.push(...lines.map((line) => JSON.parse(line)));
    if (error) throw new Error(error);
    return result;
  }

  /** Sends an API Gateway event and returns the answer, whose body is parsed unless it is a file. */
  async request(method: string, routePath: string, parts: Partial<EventParts> = {}) {
    const event = apiEvent(method, routePath, { ...parts, headers: parts.headers ?? AS_ADMIN });
    const { statusCode, headers, body, isBase64Encoded } = await this.invoke(event);
    // Not searched for leaks: it depends on nothing, and its examples look like keys.
    if (isBase64Encoded) {
      return { status: statusCode, headers, body: Buffer.from(body, 'base64').toString() };
    }
    const { api_key, ...rest } = JSON.parse(body);
    if (api_key) captureIssued(api_key);
    captureOutput('answer', JSON.stringify([headers, rest]));
    const answer = { status: statusCode, headers, body: JSON.parse(body) };
    const { rawPath, rawQueryString, body: sent } = event;
    const target = `${rawPath}?${rawQueryString}`;
    checkExchange({ method, target, sent, ...answer, headers: inLowerCase(headers) });
    return answer;
  }

  private async stop(): Promise<void> {
    const ended = once(this.child, 'close');
    this.child.kill();
    await ended;
  }
}

/** API Gateway sends the names of headers in lower case, as HTTP/2 has them. */
function inLowerCase(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}
