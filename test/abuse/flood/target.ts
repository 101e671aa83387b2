import type { Key, Target } from '../attack.ts';

/** Makes an administrator's calls of a service over HTTP. */
export function createTarget(url: string, token: string) {
  async function call(method: string, path: string, { body }: { body?: object } = {}) {
    const response = await fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    // An attack may be prepared with a request that is refused for a limit.
    if (!response.ok && response.status !== 402) {
      throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    }
    return JSON.parse(text);
  }
  async function validate(apiKey: string): Promise<number> {
    const headers = { 'x-api-key': apiKey };
    const response = await fetch(`${url}/api/v1/keys/validate`, { method: 'POST', headers });
    await response.arrayBuffer();
    return response.status;
  }
  const create = (fields: object = {}): Promise<Key> =>
    call('POST', '/api/v1/keys', { body: { name: 'a key', service_id: 'prediction', ...fields } });
  return { call, create, validate } satisfies Target;
}
