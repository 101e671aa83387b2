import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { cdkSchema, withSettings } from '../../infra/commands/settings-reference.ts';

const read = (file: string) => readFileSync(file, 'utf8');

/** Checks cdk.json as an editor does, after a change of the settings of its stages. */
function isValid(
  change: (stages: Record<string, object>, context: Record<string, object>) => void,
): boolean {
  const cdk = JSON.parse(read('cdk.json'));
  change(cdk.context.stages, cdk.context);
  const ajv = new Ajv({ strict: false });
  addFormats.default(ajv);
  return ajv.validate(JSON.parse(read('infra/cdk-schema.json')), cdk);
}

test('infra/cdk-schema.json and docs/operations.md are as `npm run settings` writes them', () => {
  expect(JSON.parse(read('infra/cdk-schema.json'))).toEqual(cdkSchema());
  const page = read('docs/operations.md');
  expect(withSettings(page)).toBe(page);
});

test('cdk.json names its schema and is valid', () => {
  expect(JSON.parse(read('cdk.json')).$schema).toBe('./infra/cdk-schema.json');
  expect(isValid(() => {})).toBe(true);
});

test.each<[string, object, boolean]>([
  ['only a kind', { kind: 'test' }, true],
  ['one setting of a group', { kind: 'test', alarms: { noTraffic: 15 } }, true],
  ['no canary', { kind: 'test', canary: false }, true],
  ['no kind', { bcryptRounds: 12 }, false],
  ['an unknown kind', { kind: 'staging' }, false],
  ['an unknown setting', { kind: 'test', bcryptRound: 12 }, false],
  ['an unknown setting in a group', { kind: 'test', alarms: { serverError: 1 } }, false],
  ['a value out of range', { kind: 'test', bcryptRounds: 9 }, false],
  ['production in no account', { kind: 'production', region: 'us-east-1' }, false],
])('the schema checks a stage with %s', (_, stage, valid) => {
  expect(isValid((stages) => Object.assign(stages, { staging: stage }))).toBe(valid);
});

test.each<[string, object, boolean]>([
  ['a repository', { repository: 'octo-org/api-keys' }, true],
  ['no repository', {}, false],
  ['an unknown setting', { repository: 'octo-org/api-keys', branch: 'main' }, false],
])('the schema checks a pipeline with %s', (_, pipeline, valid) => {
  expect(isValid((_stages, context) => Object.assign(context, { pipeline }))).toBe(valid);
});
