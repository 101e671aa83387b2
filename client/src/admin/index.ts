export { AuthUnavailable } from '../errors.ts';
export {
  type Admin,
  type ApiKeyInfo,
  type AuditEntry,
  type AuditLog,
  createAdmin,
  type Explanation,
  type IssuedKey,
  type AuditTrail,
  type Posture,
} from './admin.ts';
export { AdminError, type FieldError } from './admin-error.ts';
export type { AdminOptions } from './call.ts';
export type { Listing, Page } from './listing.ts';
