import { expect } from '@jest/globals';

/** The texts that this test file has produced, by the place where each appeared. */
const output = new Map<string, string[]>();
const issued = new Set<string>();
let complete = false;

/** Keeps text that must hold neither a key nor the admin token, for the search for leaks. */
export function captureOutput(kind: 'log line' | 'answer', text: string): void {
  if (complete) throw new Error(`Output after the search for leaks, see cleanUp(): ${text}`);
  const place = `${kind} of "${expect.getState().currentTestName ?? 'the set-up'}"`;
  const texts = output.get(place);
  if (texts) texts.push(text);
  else output.set(place, [text]);
}

/** Keeps a key that was issued, or a token, so that the search knows what to look for. */
export function captureIssued(secret: string): void {
  issued.add(secret);
}

/** Ends the capture and returns its contents. */
export function completeCapture() {
  complete = true;
  return { issued: [...issued], output };
}
