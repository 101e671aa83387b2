import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { linkProject, STAGE_SETTINGS } from './project.ts';
import { until } from './until.ts';

/** The environment variable that names a folder which all files of a run share. */
export const RUN_DIR = 'TEST_RUN_DIR';

// biome-ignore lint/suspicious/noExplicitAny: a template is data of CloudFormation's making
type Data = any;
export interface Resource {
  readonly Type: string;
  readonly Properties: Data;
  readonly DependsOn?: string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly UpdatePolicy?: Data;
}
export interface Template {
  readonly Resources: Record<string, Resource>;
  readonly Outputs: Data;
}

export interface Synthesis {
  /** The folder of the cloud assembly. */
  readonly folder: string;
  readonly output: string;
  readonly templates: Record<string, Template>;
}

export const STAGES = Object.keys(STAGE_SETTINGS) as (keyof typeof STAGE_SETTINGS)[];

/** Runs `cdk synth` without credentials, once for all files of a run. */
export async function synthesize(): Promise<Synthesis> {
  const folder = join(process.env[RUN_DIR] ?? '', 'cdk.out');
  const output = join(folder, 'output');
  if (isFirst(folder)) await synth(folder, output);
  await until(() => existsSync(output));
  const read = (stage: string) =>
    JSON.parse(readFileSync(join(folder, `hokusai-api-keys-${stage}.template.json`), 'utf8'));
  return {
    folder,
    output: readFileSync(output, 'utf8'),
    templates: Object.fromEntries(STAGES.map((stage) => [stage, read(stage)])),
  };
}

/** Returns true for the one file that creates the folder. */
function isFirst(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch {
    return false;
  }
}

async function synth(folder: string, output: string): Promise<void> {
  const project = `${folder}-project`;
  mkdirSync(project);
  linkProject(project);
  const ours = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'));
  // `npm run check` also synthesizes with CDK's own validation, which takes as long as the rest.
  const env = { ...Object.fromEntries(ours), CDK_VALIDATION: 'false' };
  const cdk = execFile(
    process.execPath,
    ['node_modules/aws-cdk/bin/cdk', 'synth', '--quiet', '--output', folder],
    { env, cwd: project },
    (_, stdout, stderr) => writeFileSync(output, stdout + stderr),
  );
  await once(cdk, 'close');
}

/** Returns a template's resources of a type, with their logical ids. */
export function ofType(template: Template, type: string): [string, Resource][] {
  return Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);
}

/** Returns the first logical id that a `Ref` or `Fn::GetAtt` in the value names. */
export function referred(value: unknown): string {
  const text = JSON.stringify(value);
  const [, id] = /\{"(?:Ref":"(?:AWS::)?|Fn::GetAtt":\[")(\w+)"/.exec(text) ?? [];
  if (!id) throw new Error(`${text} refers to nothing`);
  return id;
}
