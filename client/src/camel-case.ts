type CamelName<S extends string> = S extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelName<Tail>>}`
  : S;

/** A type of the wire with read-only fields in camelCase. */
export type CamelCased<T> = T extends readonly (infer Element)[]
  ? readonly CamelCased<Element>[]
  : T extends object
    ? { readonly [Name in keyof T as CamelName<Name & string>]: CamelCased<T[Name]> }
    : T;

/** A request of the wire with fields in camelCase. An optional field may also be undefined. */
export type CamelCasedInput<T> = {
  readonly [Name in keyof T as CamelName<Name & string>]: undefined extends T[Name]
    ? CamelCased<T[Name]> | undefined
    : CamelCased<T[Name]>;
};

/** Returns the fields of a request by their names on the wire. */
export function toSnakeCase<T>(fields: CamelCasedInput<T>): T {
  // The compiler can't follow the names from the mapped type to the string operations.
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [snakeName(name), value]),
  ) as T;
}

/** Returns a value of the wire with its fields in camelCase, frozen. */
export function toCamelCase<T>(value: T): CamelCased<T> {
  // The compiler can't follow the names from the string operations to the mapped type.
  return convert(value) as CamelCased<T>;
}

function convert(value: unknown): unknown {
  if (Array.isArray(value)) return Object.freeze(value.map(convert));
  if (typeof value !== 'object' || value === null) return value;
  return Object.freeze(
    Object.fromEntries(Object.entries(value).map(([name, of]) => [camelName(name), convert(of)])),
  );
}

function camelName(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function snakeName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
