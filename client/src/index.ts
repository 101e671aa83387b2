export { createAuth } from './auth.ts';
export { AuthRejected, AuthUnavailable } from './errors.ts';
export type {
  AnswerHeaders,
  ApiKey,
  AuthCore,
  AuthOptions,
  Debit,
  DebitOutcome,
  Gate,
  RefusalCode,
  Refused,
  Report,
  Stats,
  UnavailableEvent,
  Valid,
  ValidateEvent,
  ValidateOptions,
  Validation,
} from './types.ts';
