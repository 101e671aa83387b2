/** The document's first page: what is true of every operation. */
export const INTRODUCTION = `
Issues, validates, rotates and revokes the API keys of the Hokusai platform, and counts their usage.

## Requests

Bodies are JSON objects of at most 32 KiB (4 KiB for a validation). \`Content-Type\` is
\`application/json\`, \`application/*+json\`, or absent. The body may be omitted if none of its fields
is required. Null is the same as leaving the field out. An unknown field is an error, and so is an
unknown parameter of an operation that has parameters.

Times are UTC in ISO 8601; days, months and hours are those of UTC.

## Authentication

Administrators send the admin token as a bearer token, from a backend, never from a browser: there
are no CORS headers. A key looks like \`hk_live_\` (production), \`hk_test_\` or \`hk_dev_\`, followed by
32 letters and digits, of which the last six are a checksum. The keys in these examples have a wrong
checksum on purpose.

## Errors

Errors are problem details (RFC 9457). Two kinds of answers have another form: a refused validation,
which has a \`code\`, and the 503 of \`/ready\`. A request to a path or with a method that is not in
this document is answered with 404, or with 405 and \`Allow\`.

## Retries

After no answer or a 5xx, send GET, PATCH, DELETE, validations, and reports with an
\`idempotency_key\` again. Each operation that must not simply be repeated says what to do. After a
429, wait as long as \`Retry-After\` says, or a second without it. Every other 4xx is final.
`.trim();
