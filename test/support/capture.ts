import { captureOutput } from './capture-dir.ts';

/** Keeps every log line of the service under test instead of showing it among the test results. */
for (const stream of [process.stdout, process.stderr]) {
  const write = stream.write.bind(stream);
  stream.write = (chunk: string | Uint8Array, ...rest: never[]) => {
    const text = String(chunk);
    captureOutput(text);
    return text.startsWith('{"level"') ? true : write(chunk, ...rest);
  };
}
