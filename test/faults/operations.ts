import { randomUUID } from 'node:crypto';
import type { Answer } from '../support/client.ts';
import type { useService } from '../support/service.ts';
import { as, USAGE } from '../support/usage-requests.ts';

export type Service = ReturnType<typeof useService>;

/** What is stored of an attempt: nothing, all of it once, or only a count, which may be too high. */
export type Effect = 'none' | 'made' | 'counted';

/** A request of an operation, on a key of its own. */
export interface Attempt {
  /** Each of its requests to DynamoDB has one of these texts, and those of other attempts none. */
  readonly marks: readonly string[];
  readonly send: () => Promise<Answer>;
  /**
   * Returns what is stored of it; absent if it only reads.
   * @param keyIds the keys that its requests to DynamoDB were about
   * @param isAnswered whether its answer was that it has been carried out
   * @throws Error if a part of its change is stored
   */
  readonly effect?: (keyIds: readonly string[], isAnswered: boolean) => Promise<Effect>;
}

/**
 * Prepares an attempt.
 * @param id is unique to it, also as a part of other texts
 * @param day is unique to it, as in `2024-01-31`
 */
export type Operation = (service: Service, id: string, day: string) => Promise<Attempt>;

/**
 * Returns the versions of those keys that exist. Each change adds 1 to a key's version.
 * @throws Error if the audit trail of one does not have an entry for each version
 */
export async function versionsOf(service: Service, keyIds: readonly string[]): Promise<number[]> {
  const found = keyIds.map(async (keyId) => {
    const [item, entries] = [await service.item(keyId), await service.auditEntries(keyId)];
    const version = item?.version ?? 0;
    if (version !== entries.length) {
      throw new Error(`${keyId} has version ${version} and ${entries.length} audit entries`);
    }
    return version as number;
  });
  return (await Promise.all(found)).filter((version) => version > 0);
}

/**
 * Makes an operation that changes keys.
 * @param made the versions of the keys after the change: first the key itself, if it has one
 */
function change(method: string, path: string, body: object, made: readonly number[]): Operation {
  return async (service, id) => {
    const key = path.includes('{key_id}') ? await service.create() : undefined;
    const target = `/api/v1${path.replace('{key_id}', key?.key_id ?? '')}`;
    return {
      marks: [key?.key_id ?? id],
      send: () => service.call(method, target, { body: key ? body : { ...body, name: id } }),
      effect: async (keyIds) => {
        const versions = await versionsOf(service, keyIds);
        if (String(versions) === String(key ? [1] : [])) return 'none';
        if (String(versions) === String(made)) return 'made';
        throw new Error(`${method} ${path} was carried out in part: versions ${versions}`);
      },
    };
  };
}

/** Makes an operation that only reads a key. */
function readKey(path: string): Operation {
  return async (service) => {
    const { key_id } = await service.create();
    const target = `/api/v1${path.replace('{key_id}', key_id)}`;
    return { marks: [key_id], send: () => service.call('GET', target) };
  };
}

/** Makes an operation that reads what has happened on a day. */
function readDay(path: string): Operation {
  return async (service, _, day) => {
    const target = `/api/v1${path.replaceAll('{day}', day)}`;
    return { marks: [day], send: () => service.call('GET', target) };
  };
}

/**
 * Makes a validation that counts `requests` of the hour.
 * @param isCached whether the process has validated the key before
 */
function validation(isCached: boolean, requests = 1, body?: object): Operation {
  return async (service) => {
    const { api_key, key_id } = await service.create();
    if (isCached) await service.validate(api_key);
    const before = isCached ? 1 : 0;
    return {
      marks: [key_id],
      send: () => service.validate(api_key, body),
      effect: async (_, isAnswered) => {
        const { requests_2026112318: count = 0 } = (await service.item(key_id)) ?? {};
        const times = (count - before) / requests;
        if (times === 0) return 'none';
        return isAnswered && times === 1 ? 'made' : 'counted';
      },
    };
  };
}

/** Makes a usage report of a key by itself, with an idempotency key. */
function report(path: string): Operation {
  return async (service) => {
    const { api_key, key_id } = await service.create();
    const options = { body: { ...USAGE, idempotency_key: randomUUID() }, ...as(api_key) };
    return {
      marks: [key_id],
      send: () => service.call('POST', `/api/v1/usage/${key_id}${path}`, options),
      effect: async (_, isAnswered) => {
        const { predictions_202611: count = 0 } = (await service.item(key_id)) ?? {};
        const times = count / USAGE.predictions_count;
        const { length: logged } = await service.usageItems(`log#${key_id}`);
        if (logged > 1 || logged > times) throw new Error(`logged ${logged}, counted ${times}`);
        if (times === 0) return 'none';
        return logged === 1 && (times === 1 || !isAnswered) ? 'made' : 'counted';
      },
    };
  };
}

/** The operations that write, by their names in the docs. */
export const WRITES: Readonly<Record<string, Operation>> = {
  'Validate, key cached': validation(true),
  'Validate, key not cached': validation(false),
  'Validate with a lease': validation(true, 5, { lease_requests: 5 }),
  Create: change('POST', '/keys', { service_id: 'prediction' }, [1]),
  Update: change('PATCH', '/keys/{key_id}', { name: 'other' }, [2]),
  Rotate: change('POST', '/keys/{key_id}/rotate', {}, [2, 1]),
  'Rotate with grace': change(
    'POST',
    '/keys/{key_id}/rotate',
    { grace_period_minutes: 60 },
    [2, 1],
  ),
  Revoke: change('DELETE', '/keys/{key_id}', {}, [2]),
  Record: report(''),
  Debit: report('/debit'),
};

/** Those that only read, and whose requests to DynamoDB tell what they are about. */
export const READS: Readonly<Record<string, Operation>> = {
  'Retrieve a key': readKey('/keys/{key_id}'),
  'List keys': async (service, id) => {
    const { key_id } = await service.create({ user_id: id });
    return { marks: [id, key_id], send: () => service.call('GET', `/api/v1/keys?user_id=${id}`) };
  },
  Explain: async (service) => {
    const { key_id } = await service.create();
    const send = () => service.call('POST', '/api/v1/keys/explain', { body: { key_id } });
    return { marks: [key_id], send };
  },
  'Audit trail of a key': readKey('/keys/{key_id}/audit'),
  'Audit log': readDay('/audit?from={day}&to={day}'),
  'Usage statistics': readKey('/usage/{key_id}/stats'),
  Bill: readKey('/usage/{key_id}/billing'),
  'Usage by day': readDay('/usage/aggregate?service_id=prediction&start_date={day}&end_date={day}'),
  Health: async (service, id) => ({ marks: [id], send: () => service.call('GET', '/health') }),
};

/** Those that only read, and whose requests to DynamoDB are the same each time. */
export const READS_ALIKE: Readonly<Record<string, Operation>> = {
  'Security posture': async (service) => ({
    marks: ['"snapshot"', '"tally"', '"ended_key_presented"'],
    send: () => service.call('GET', '/api/v1/security/posture'),
  }),
  Readiness: async (service) => ({
    marks: ['"ready"'],
    send: () => service.call('GET', '/ready'),
  }),
};
