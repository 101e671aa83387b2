import { expect } from '@jest/globals';

/** Returns an entry of the audit trail that the tests' client has caused. */
export function entry(fields: object) {
  return {
    reason: null,
    actor: 'admin',
    token_version: expect.stringMatching(/^[0-9a-f-]{36}$/),
    source_ip: '127.0.0.1',
    user_agent: 'node',
    request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    seal: 'valid',
    ...fields,
  };
}
