import fc from 'fast-check';
import type { Schema } from '../../support/contract/document.ts';

/** Likely values of fields and parameters whose schema only says that they are text. */
const HINTS: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  service_id: fc.constantFrom(...Array(6).fill('prediction'), 'platform', 'website'),
  api_key: fc.constantFrom('@key0@', '@key1@', '@key2@'),
  key_id: fc.constantFrom('@id0@', '@id1@', '@id2@'),
  environment: fc.constantFrom(...Array(6).fill('production'), 'test', 'development'),
  required_scope: fc.constantFrom('read', 'write'),
  scopes: fc.subarray(['read', 'write', 'admin']),
  allowed_ips: fc.subarray(['127.0.0.1', '10.0.0.0/8', '::1', '2001:db8::/32', '0.0.0.0/0']),
  client_ip: fc.oneof(fc.ipV4(), fc.ipV6(), fc.ipV4Extended()),
  // Few calls reach a low limit.
  rate_limit_per_hour: fc.integer({ min: 10, max: 20 }),
  monthly_prediction_limit: fc.integer({ min: 1, max: 10 }),
  lease_requests: fc.integer({ min: 1, max: 20 }),
  predictions_count: fc.nat(5),
  idempotency_key: fc.constantFrom('a', 'b', 'c'),
  endpoint: fc.webPath(),
  cursor: fc.constantFrom('@cursor@', 'WyIxIiwieCJd'),
  limit: fc.integer({ min: 1, max: 20 }),
  period: fc.constantFrom('2026-11', '2000-01', '2999-12'),
  from: fc.constantFrom('2026-11-01', '2026-11-28T10:00:00Z'),
  to: fc.constantFrom('2026-12-01', '2026-11-28T12:00:00+02:00'),
  start_date: fc.constantFrom('2026-11-01', '2026-11-20T00:00:00'),
  end_date: fc.constantFrom('2026-11-30', '2026-12-24T23:59:60Z'),
  key_prefix: fc.constantFrom('hk_live_AbC', 'hk_test_000***'),
  active_only: fc.constantFrom('True', 'false', '1'),
  rotation_due: fc.constantFrom('true', '0'),
};

/** Returns a generator of values that a schema of the OpenAPI document allows. */
export function valuesOf(schema: Schema, name = ''): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const hint = HINTS[name];
  if (hint) return isNullable(schema) ? fc.option(hint, { freq: 5 }) : hint;
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((one) => valuesOf(one)));
  const types = [schema.type ?? 'string'].flat();
  return fc.oneof(...types.map((type) => valuesOfType(type, schema)));
}

function valuesOfType(type: string, schema: Schema): fc.Arbitrary<unknown> {
  const { minimum = 0, maximum = 1000, minLength = 0, maxLength = 20, pattern } = schema;
  const max = Math.min(maximum, minimum + 1000);
  switch (type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer({ min: minimum, max });
    case 'number':
      return fc.double({ min: minimum, max, noNaN: true });
    case 'array':
      return fc.array(valuesOf(schema.items ?? {}), { maxLength: 3 });
    case 'object':
      return fc.record(
        Object.fromEntries(
          Object.entries(schema.properties ?? {}).map(([name, of]) => [name, valuesOf(of, name)]),
        ),
        { requiredKeys: [...(schema.required ?? [])] },
      );
    default:
      return pattern
        ? fc.stringMatching(new RegExp(pattern, 'u'))
        : fc.string({ unit: 'grapheme', minLength, maxLength: Math.min(maxLength, 20) });
  }
}

function isNullable({ type }: Schema): boolean {
  return Array.isArray(type) && type.includes('null');
}
