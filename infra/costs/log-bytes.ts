/** The size of a function's log line, in bytes, by the kind of call. */
export interface LogBytes {
  readonly validation: number;
  /** A validation that is granted a lease. */
  readonly leased: number;
  readonly report: number;
}

/** Values as long as those in production. */
const TYPICAL = {
  requestId: 'JKJaXmPLvHcESHA=',
  sourceIp: '203.0.113.195',
  status: '200',
  responseLatency: '12',
  integrationErrorMessage: '-',
};
const DURATION_MS = Number(TYPICAL.responseLatency);

/**
 * Makes calls of a local service that runs in this process, and measures what each logs.
 * @param url the address of the service
 */
export async function measureLogBytes(url: string, adminToken: string): Promise<LogBytes> {
  const send = async (path: string, headers: Record<string, string>, body: object) => {
    const { result: response, written } = await tapStdout(() =>
      fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
    );
    if (!response.ok) throw new Error(`${path} was answered with ${await response.text()}`);
    // A key that was created is the only answer that is read.
    const answer = (await response.json()) as { api_key: string; key_id: string };
    return { answer, bytes: sizeOf(written) };
  };
  const created = await send(
    '/api/v1/keys',
    { authorization: `Bearer ${adminToken}` },
    { name: 'costs', service_id: 'prediction', environment: 'production' },
  );
  const { api_key, key_id } = created.answer;
  const validate = (body: object) => send('/api/v1/keys/validate', { 'x-api-key': api_key }, body);
  const validation = await validate({});
  const leased = await validate({ lease_requests: 10 });
  const report = await send(
    `/api/v1/usage/${key_id}`,
    { authorization: `Bearer ${api_key}` },
    { service_id: 'prediction', endpoint: '/predict', status_code: 200, response_time_ms: 20 },
  );
  return { validation: validation.bytes, leased: leased.bytes, report: report.bytes };
}

/** Does the work and keeps what this process writes meanwhile. */
async function tapStdout<T>(work: () => Promise<T>): Promise<{ result: T; written: string[] }> {
  const written: string[] = [];
  const { write } = process.stdout;
  process.stdout.write = (chunk: string | Uint8Array) => written.push(String(chunk)) > 0;
  try {
    return { result: await work(), written };
  } finally {
    process.stdout.write = write;
  }
}

/** Returns the size of the only line, with values of the same length in every run. */
function sizeOf([text = '', ...more]: readonly string[]): number {
  if (more.length > 0) throw new Error('A call logs one line');
  const line = JSON.parse(text);
  const typical = {
    ...line,
    request_id: TYPICAL.requestId,
    source_ip: TYPICAL.sourceIp,
    duration_ms: DURATION_MS,
    ...('ValidationLatency' in line && { ValidationLatency: DURATION_MS }),
  };
  return Buffer.byteLength(JSON.stringify(typical));
}

/** Returns the size of an access log line of this format. */
export function accessLogBytes(format: string, routeKey: string): number {
  const values: Record<string, string> = { ...TYPICAL, routeKey };
  const line = format.replaceAll(/\$context\.(?:identity\.)?(\w+)/g, (variable, name) => {
    const { [name]: value } = values;
    if (value === undefined) throw new Error(`No typical value of ${variable}`);
    return value;
  });
  return Buffer.byteLength(line);
}

const REQUEST_ID = '8f5a2b1c-3d4e-4f60-9a7b-1c2d3e4f5a6b';

/**
 * Returns the size of what Lambda logs for a call in the text format, as in
 * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html
 */
export function platformLogBytes(memoryMb: number): number {
  const lines = [
    `START RequestId: ${REQUEST_ID} Version: 12\n`,
    `END RequestId: ${REQUEST_ID}\n`,
    `REPORT RequestId: ${REQUEST_ID}\tDuration: 8.31 ms\tBilled Duration: 9 ms\tMemory Size: ${memoryMb} MB\tMax Memory Used: 131 MB\t\n`,
  ];
  return Buffer.byteLength(lines.join(''));
}
