import { loadAwsServiceSpecSync } from '@aws-cdk/aws-service-spec';
import type { PropertyType, ResourceProperties } from '@aws-cdk/service-spec-types';
import type { Template } from './synth.ts';

const specification = loadAwsServiceSpecSync();

/**
 * Returns what CloudFormation would refuse in a template: resource types, properties and attributes
 * that do not exist, missing properties, values of a wrong type, and references to nothing.
 */
export function faultsIn({ Resources, Outputs, ...sections }: Template): string[] {
  const faults = Object.entries(Resources).flatMap(([id, { Type, Properties = {}, DependsOn }]) => {
    const type = typeNamed(Type);
    if (!type) return [`${id}: there is no type ${Type}`];
    const missing = [DependsOn ?? []].flat().filter((name) => !Resources[name]);
    return [
      ...objectFaults(id, Properties, type.properties),
      ...missing.map((name) => `${id}: depends on ${name}, which does not exist`),
    ];
  });
  const references = referencesIn([Resources, Outputs]).flatMap(([id, attribute]) => {
    const target = Resources[id];
    if (!target) return [`there is no resource ${id}`];
    const attributes = typeNamed(target.Type)?.attributes ?? {};
    return attribute === undefined || attribute in attributes ? [] : [`${id} has no ${attribute}`];
  });
  const unused = 'Parameters' in sections ? ['the template has parameters'] : [];
  return [...faults, ...references, ...unused];
}

function typeNamed(name: string) {
  return specification.lookup('resource', 'cloudFormationType', 'equals', name)[0];
}

function objectFaults(path: string, value: object, properties: ResourceProperties): string[] {
  const required = Object.entries(properties).filter(([, property]) => property.required);
  return [
    ...required.filter(([name]) => !(name in value)).map(([name]) => `${path}: lacks ${name}`),
    ...Object.entries(value).flatMap(([name, inner]) => {
      const property = properties[name];
      return property
        ? valueFaults(`${path}.${name}`, inner, property.type)
        : [`${path}: has no property ${name}`];
    }),
  ];
}

function valueFaults(path: string, value: unknown, type: PropertyType): string[] {
  // Its value is known only when it is deployed.
  if (isFunction(value)) return [];
  switch (type.type) {
    case 'ref':
      return isObject(value)
        ? objectFaults(path, value, specification.get('typeDefinition', type.reference).properties)
        : [`${path}: is no object`];
    case 'array':
      return Array.isArray(value)
        ? value.flatMap((item, i) => valueFaults(`${path}.${i}`, item, type.element))
        : [`${path}: is no list`];
    case 'map':
      return isObject(value)
        ? Object.entries(value).flatMap(([key, item]) =>
            valueFaults(`${path}.${key}`, item, type.element),
          )
        : [`${path}: is no object`];
    case 'union':
      return type.types.some((one) => valueFaults(path, value, one).length === 0)
        ? []
        : [`${path}: is of none of its types`];
    case 'tag':
      return isObject(value) && 'Key' in value && 'Value' in value ? [] : [`${path}: is no tag`];
    case 'json':
      return [];
    default:
      return isScalar(value, type.type) ? [] : [`${path}: is no ${type.type}`];
  }
}

function isScalar(value: unknown, type: string): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'number' || type === 'boolean') return typeof value === type;
  return typeof value === 'string';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isFunction(value: unknown): boolean {
  return isObject(value) && Object.keys(value).some((key) => /^(Ref|Fn::\w+)$/.test(key));
}

/** Returns the logical ids that the value refers to, each with the attribute if it names one. */
function referencesIn(value: unknown): [id: string, attribute?: string][] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (!isObject(value)) return [];
  const { Ref, 'Fn::GetAtt': attribute } = value;
  if (typeof Ref === 'string') return Ref.startsWith('AWS::') ? [] : [[Ref]];
  if (Array.isArray(attribute)) return [attribute as [string, string]];
  return Object.values(value).flatMap(referencesIn);
}
