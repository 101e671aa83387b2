import { VARIABLES } from '../lib/environment.ts';
import { functionNames } from '../lib/routes.ts';
import { functionSettings } from './functions.ts';

/**
 * The lines of the CloudWatch Logs Insights query that lists refused administrative attempts. A key
 * that may not report its usage is none.
 */
export const REFUSED_ATTEMPTS = [
  'fields @timestamp, route, status, code, token, source_ip, request_id',
  'filter message = "request" and (status = 401 or status = 403) and code != "bad_key"',
  'sort @timestamp desc',
  'limit 100',
] as const;

/** The functions whose logs it searches: those that authenticate tokens. */
export const searchedFunctions = functionNames.filter(
  (name) => VARIABLES.namedTokensSecret in functionSettings[name].grants,
);
