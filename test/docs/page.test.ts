import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { useService } from '../support/service.ts';
import { RUN_DIR } from '../support/synth.ts';

// The package of Chromium has a build for Linux x64 only.
const testHere = process.platform === 'linux' && process.arch === 'x64' ? test : test.skip;
const service = useService();

/** Returns the summaries of all operations of the OpenAPI document. */
function summaries(): string[] {
  const { paths } = JSON.parse(readFileSync('openapi.json', 'utf8'));
  return Object.values<Record<string, { summary?: string }>>(paths)
    .flatMap((path) => Object.values(path))
    .flatMap(({ summary }) => summary ?? []);
}

/** Opens a page in Chromium and returns what happened: see `visit.mjs`. */
async function visit(url: string, texts: string[], widths: number[]) {
  const folder = join(process.env[RUN_DIR] ?? '', 'chromium');
  mkdirSync(folder);
  const fonts = join(folder, 'fonts.conf');
  writeFileSync(fonts, `<fontconfig><dir>${folder}/fonts</dir></fontconfig>`);
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['test/support/visit.mjs', url, JSON.stringify(texts), JSON.stringify(widths)],
    {
      timeout: 25_000,
      env: {
        ...process.env,
        // On Lambda the package also unpacks the libraries that Chromium needs from the system.
        AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x',
        TMPDIR: folder,
        // The package's own configuration looks for its fonts in /tmp, and a machine may have none.
        FONTCONFIG_FILE: fonts,
      },
    },
  );
  return JSON.parse(stdout);
}

testHere(
  'the page shows every operation, calls no other host, asks for no token, and fits a narrow screen',
  async () => {
    const texts = summaries();
    expect(texts.length).toBeGreaterThan(0);
    const { messages, controls, ...seen } = await visit(`${service.url}/docs`, texts, [1200, 390]);
    const path = (pattern: string) => expect.stringMatching(`^${service.url}/${pattern}$`);
    expect(seen).toEqual({
      missing: [],
      requests: [
        path('docs'),
        path('docs/standalone-\\w+\\.js'),
        path('docs/start-\\w+\\.js'),
        path('openapi\\.json'),
      ],
      // Zod tries to compile code, and does without.
      violations: ['script-src eval'],
      scrollWidths: [1200, 390],
    });
    expect(messages.filter((message: string) => !/^(info|log): /.test(message))).toEqual([]);
    const asks = /^(input|textarea)|auth type|test request|api client|developer tools/i;
    expect(controls.filter((control: string) => asks.test(control))).toEqual([]);
  },
);
