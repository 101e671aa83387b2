import { VARIABLES } from './authorizer-environment.ts';
import { createAuth } from './index.ts';

const {
  [VARIABLES.url]: url,
  [VARIABLES.serviceId]: serviceId,
  [VARIABLES.scope]: scope,
  [VARIABLES.environment]: environment,
} = process.env;
if (!url || !serviceId) {
  throw new Error(`${VARIABLES.url} and ${VARIABLES.serviceId} must be set`);
}

/** The ready-made Lambda authorizer, which `ApiKeyAuthorizer` deploys. */
export const handler = createAuth({ url, serviceId }).lambdaAuthorizer({
  // A template sets what is not needed to an empty text, which no key would have.
  scope: scope || undefined,
  environment: environment || undefined,
});
