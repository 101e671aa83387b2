import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const PINNED = { account: '111122223333', region: 'us-east-1' };

/** The stages of the tests: those of the repository, which every operator changes. */
export const STAGE_SETTINGS = {
  development: { kind: 'development' },
  test: { kind: 'test' },
  production: { kind: 'production', ...PINNED },
};

/** Fills a folder with the project, whose cdk.json has the stages of the tests. */
export function linkProject(folder: string): void {
  const own = ['cdk.json', 'cdk.out', '.git'];
  for (const name of readdirSync('.').filter((one) => !own.includes(one))) {
    symlinkSync(resolve(name), join(folder, name));
  }
  const cdk = JSON.parse(readFileSync('cdk.json', 'utf8'));
  const context = { 'cli-telemetry': false, stages: STAGE_SETTINGS };
  writeFileSync(join(folder, 'cdk.json'), JSON.stringify({ ...cdk, context }));
}
