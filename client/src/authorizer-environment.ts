/** The environment variables of the ready-made authorizer function. */
export const VARIABLES = {
  url: 'HOKUSAI_AUTH_URL',
  serviceId: 'HOKUSAI_SERVICE_ID',
  scope: 'HOKUSAI_SCOPE',
  environment: 'HOKUSAI_ENVIRONMENT',
} as const;
