import type { Content, Operation, Schema } from './document.ts';

/** Who sends a part: a client, or the service in an answer that reports a success or an error. */
type Side = 'request' | 'success' | 'error';

/** A part of an operation: a parameter, a body, an answer, a header or a field. */
export interface Part {
  /** Such as "request field `name`"; the parts beside it have other names. */
  readonly name: string;
  readonly side: Side;
  readonly required: boolean;
  /** Whether it breaks clients if it is new. */
  readonly mustBeKnown: boolean;
  readonly schema: Schema;
  readonly parts: readonly Part[];
}

/** Returns the parts of an operation, each with the parts within it. */
export function partsOf({ parameters = [], requestBody, responses }: Operation): Part[] {
  return [
    ...parameters.map(({ in: place, name, required, schema, ...others }) =>
      partOf('request', `${place} parameter`, name, { ...others, ...schema }, required),
    ),
    ...bodiesOf('request', 'request', requestBody?.content, requestBody?.required),
    ...Object.entries(responses).map(([status, { headers = {}, content }]): Part => {
      const name = `answer ${status}`;
      const side = /^([45]|default$)/.test(status) ? 'error' : 'success';
      const parts = [
        ...Object.entries(headers).map(([header, { required, schema, ...others }]) =>
          partOf(side, `${name} header`, header, { ...others, ...schema }, required),
        ),
        ...bodiesOf(side, name, content),
      ];
      return { name, side, required: false, mustBeKnown: side === 'success', schema: {}, parts };
    }),
  ];
}

function bodiesOf(
  side: Side,
  place: string,
  content: Readonly<Record<string, Content>> = {},
  required = false,
): Part[] {
  return Object.entries(content).map(([type, { schema }]) => ({
    ...partOf(side, `${place} field`, '', schema, required),
    name: `${place} body \`${type}\``,
    mustBeKnown: side === 'success' || required,
  }));
}

function partOf(side: Side, kind: string, path: string, schema: Schema, required = false): Part {
  const { properties, items, additionalProperties, required: names = [] } = schema;
  const fields = {
    ...properties,
    ...(items && { '[]': items }),
    ...(additionalProperties && { '*': additionalProperties }),
  };
  // Without a schema for items or other fields, any are accepted; so a new one is a requirement.
  const needed = [...names, '[]', '*'];
  const parts = Object.entries(fields).map(([name, field]) =>
    partOf(side, kind, path ? `${path}.${name}` : name, field, needed.includes(name)),
  );
  const mustBeKnown = side === 'request' && required;
  return { name: `${kind} \`${path}\``, side, required, mustBeKnown, schema, parts };
}
