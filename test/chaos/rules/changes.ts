import type { Change, Creation, Event } from '../history.ts';
import type { KeyState, Timeline } from '../timeline.ts';
import type { Rule } from './rule.ts';

const isChange = (event: Event): event is Creation | Change => 'token' in event;

/**
 * Each confirmed change is there, each refused one is not and was of an ended key, each open one is
 * there once or not at all, and nobody else has changed a key.
 */
export const changes: Rule = {
  name: 'a confirmed change is there, an open one wholly or not at all',
  find: ({ events, databaseKills }, timelines) => {
    const made = new Map<string, number>();
    for (const { makers } of timelines.values()) {
      for (const maker of makers) {
        if (maker) made.set(maker.token, (made.get(maker.token) ?? 0) + 1);
      }
    }
    const unknown = [...timelines.values()].flatMap(({ key, makers }) =>
      makers.flatMap((maker, i) =>
        maker ? [] : `version ${i + 1} of ${key.keyId} was made by no request of the run`,
      ),
    );
    return [
      ...unknown,
      ...events.filter(isChange).flatMap((event) => {
        const times = made.get(event.token) ?? 0;
        const isForgotten = databaseKills.some((at) => event.from < at && at < event.to);
        const fault = faultOf(event, times, timelines, isForgotten);
        return fault === undefined
          ? []
          : `${event.kind} ${event.token} (${event.result}) of ${event.keyId}: ${fault}`;
      }),
    ];
  },
};

/**
 * @param isForgotten whether the database was killed during the request, and has forgotten the token
 *   of its transaction. An update is made again then if another came between
 */
function faultOf(
  event: Creation | Change,
  times: number,
  timelines: ReadonlyMap<string, Timeline>,
  isForgotten: boolean,
): string | undefined {
  const timeline = timelines.get(event.keyId ?? '');
  if (event.result === 'done' && !timeline) return 'the key is not there';
  if (event.result === 'revoked') {
    if (times > 0) return 'it was refused and made';
    return timeline?.during(event).some(hasEnded) ? undefined : 'it was refused for no reason';
  }
  switch (event.kind) {
    case 'revoke':
      // A repeat confirms what another request has done, and makes nothing.
      if (event.result === 'done' && timeline?.states.at(-1)?.revoked_at === null) {
        return 'the key is not revoked';
      }
      return times > 1 ? 'it was made twice' : undefined;
    case 'rotate':
      // The rotation is an entry of the old key and one of the new key.
      if (event.result === 'done') {
        const successor = timelines.get(event.successor ?? '');
        const isLinked =
          successor?.key.item.rotated_from === event.keyId &&
          timeline?.key.item.rotated_to === event.successor;
        return times === 2 && isLinked ? undefined : `${times} of its 2 parts are there`;
      }
      return times === 0 || times === 2 ? undefined : `${times} of its 2 parts are there`;
    case 'create':
    case 'update':
      if (times > (event.kind === 'update' && isForgotten ? 2 : 1)) {
        return `it was made ${times} times`;
      }
      return event.result === 'done' && times === 0 ? 'it is not there' : undefined;
  }
}

function hasEnded({ revoked_at, rotated_to }: KeyState): boolean {
  return revoked_at !== null || rotated_to !== null;
}

/** The fields of a key's item that the run changes. */
const FIELDS = [
  'scopes',
  'rate_limit_per_hour',
  'monthly_prediction_limit',
  'suspended_at',
  'revoked_at',
  'rotated_to',
  'grace_ends_at',
] as const;

/** Each item is what its audit trail says, and each trail is intact and belongs to a key. */
export const trails: Rule = {
  name: 'an audit trail is intact and tells the state of its key',
  find: ({ events, auditedKeys }, timelines) => {
    const orphans = auditedKeys.filter((keyId) => !timelines.has(keyId));
    const read = events.flatMap((event) =>
      event.kind === 'audit'
        ? event.findings.map((what) => `the trail of ${event.keyId}, as it was read: ${what}`)
        : [],
    );
    return [
      ...orphans.map((keyId) => `there is an audit entry of ${keyId}, but no key`),
      ...read,
      ...[...timelines.values()].flatMap(({ key, states }) => {
        const state = states.at(-1);
        const differing = FIELDS.filter(
          (field) => JSON.stringify(key.item[field] ?? null) !== JSON.stringify(state?.[field]),
        );
        return [
          ...key.findings,
          ...(key.item.version === states.length ? [] : [`it has version ${key.item.version}`]),
          ...differing.map(
            (field) =>
              `${field} is ${JSON.stringify(key.item[field])}, by its trail ${JSON.stringify(state?.[field])}`,
          ),
        ].map((what) => `key ${key.keyId}: ${what}`);
      }),
    ];
  },
};
