import { appendFileSync } from 'node:fs';
import { join } from 'node:path';

/** The environment variable that names the folder where the suite keeps what it logged, answered and issued. */
export const CAPTURE_DIR = 'CAPTURE_DIR';

export function captureFile(name: 'output' | 'issued'): string {
  return join(process.env[CAPTURE_DIR] ?? '', name);
}

/** Keeps text that must not hold a key or the admin token. The teardown looks. */
export function captureOutput(text: string): void {
  appendFileSync(captureFile('output'), `${text}\n`);
}

/** Keeps a key that was issued, or a token, so that the teardown knows what to look for. */
export function captureIssued(secret: string): void {
  appendFileSync(captureFile('issued'), `${secret}\n`);
}
