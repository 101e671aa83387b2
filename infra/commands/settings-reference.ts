import * as z from 'zod/mini';
import { pipelineSchema } from '../pipeline.ts';
import { stagesSchema } from '../stage-schema.ts';
import { markdownTable, replaceSection } from './markdown-table.ts';

type Schema = z.core.JSONSchema.JSONSchema;

const TARGET = { target: 'draft-7', io: 'input' } as const;

/** Returns the JSON Schema of cdk.json, from which editors complete and check it. */
export function cdkSchema(): Schema {
  const { $schema, ...stages } = z.toJSONSchema(stagesSchema, TARGET);
  const { $schema: _, ...pipeline } = z.toJSONSchema(pipelineSchema, TARGET);
  return {
    $schema,
    title: 'cdk.json of the API keys service',
    type: 'object',
    properties: {
      context: { type: 'object', properties: { stages, pipeline }, required: ['stages'] },
    },
    required: ['context'],
  };
}

/** Writes the table of settings into docs/operations.md: each with its default by kind. */
export function withSettings(markdown: string): string {
  const stages = z.toJSONSchema(stagesSchema, TARGET).additionalProperties as Schema;
  const kinds = (stages.oneOf as Schema[]).map((kind) => new Map(settingsOf(kind)));
  const [first = new Map<string, Setting>()] = kinds;
  const rows = [...first].map(([path, { description }]) => [
    `\`${path}\``,
    ...kinds.map((kind) => kind.get(path)?.value ?? ''),
    description,
  ]);
  const head = ['Setting', ...kinds.map((kind) => kind.get('kind')?.value ?? ''), 'Meaning'];
  return replaceSection(markdown, '<!-- settings -->', markdownTable([head, ...rows]));
}

interface Setting {
  readonly description: string;
  /** The default, or whether the setting is required without one. */
  readonly value: string;
}

/** Returns the settings by their path; a group without a description is only in the paths. */
function settingsOf({ properties = {}, required = [] }: Schema, prefix = ''): [string, Setting][] {
  return Object.entries(properties as Record<string, Schema>).flatMap(([name, schema]) => {
    const path = `${prefix}${name}`;
    const { description } = schema;
    const value = defaultOf(schema, required.includes(name));
    const own: [string, Setting][] = description ? [[path, { description, value }]] : [];
    return [...own, ...settingsOf(schema, `${path}.`)];
  });
}

function defaultOf({ default: value, const: constant }: Schema, required: boolean): string {
  if (constant !== undefined) return `\`${constant}\``;
  if (value === undefined) return required ? 'required' : 'none';
  return `\`${JSON.stringify(value).replaceAll(',', ', ')}\``;
}
