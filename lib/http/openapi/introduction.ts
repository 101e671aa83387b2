/** The document's first page: what is true of every operation. */
export const INTRODUCTION = `
Issues, validates, rotates and revokes the API keys of the Hokusai platform, and counts their usage.

## Requests

Bodies are JSON objects of at most 32 KiB (4 KiB for a validation). \`Content-Type\` is
\`application/json\`, \`application/*+json\`, or absent. The body may be omitted if none of its fields
is required. Null is the same as leaving the field out. An unknown field is an error, and so is an
unknown query parameter of an operation that has query parameters.

Times are UTC in ISO 8601; days, months and hours are those of UTC.

## Authentication

Administrators send the admin token as a bearer token, from a backend, never from a browser: there
are no CORS headers. Instead of it, a stage may give each administrator, auditor and service a named
token (\`hkt_\` and 43 characters) with a role: \`admin\` may do everything, \`auditor\` may read, and
\`service\` may report usage of its service. A request that the role does not allow is answered with
403. Validations need no token.

A key looks like \`hk_live_\` (production), \`hk_test_\` or \`hk_dev_\`, followed by 32 letters and
digits, of which the last six are a checksum. The keys in these examples have a wrong checksum on
purpose.

## Errors

Errors are problem details (RFC 9457), except that the \`detail\` of a 402 is an object. Three kinds
of answers have another form: a refused validation, which has a \`code\`, the 503 of \`/ready\`, and
what API Gateway answers by itself. A request to a path or with a method that is not in this document
is answered with 404, or with 405 and \`Allow\`; only \`/docs\` and \`/openapi.json\` exist besides.

Tolerate fields, error statuses, and values of \`code\` and \`detail\` that are new to you.

## Retries

After no answer or a 5xx, send GET, PATCH, DELETE, validations, and reports with an
\`idempotency_key\` again; the hourly limit may count both validations. Each operation that must not
simply be repeated says what to do. After a 429 with \`rate_limited\`, wait as long as \`Retry-After\`
says; with \`monthly_limit_exceeded\` that is the end of the month, so refuse the request instead;
without a \`code\`, wait a second. Every other 4xx is final, except a 401 after the admin token was
rotated, and a 402 for a debit whose first attempt may still be in progress.
`.trim();
