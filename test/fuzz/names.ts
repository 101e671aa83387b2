/**
 * What a request may name that is known only when it is sent. A name in a generated request, such
 * as `@key1@`, stands for it, so that a shrunk request still makes sense and shows no secret.
 */
export interface Known {
  readonly admin: string;
  readonly auditor: string;
  readonly service: string;
  /** The keys and their ids that this sequence was given; the first is there from the beginning. */
  readonly keys: string[];
  readonly ids: string[];
  /** The cursor of the last `Link` header; empty before the first. */
  cursor: string;
}

/** Replaces each name by what it stands for. A number beyond the last key starts over. */
export function fillIn(text: string, known: Known): string {
  return text.replace(/@(admin|auditor|service|cursor|key|id)(\d?)@/g, (_, name, digit) => {
    if (name === 'key' || name === 'id') {
      const list = name === 'key' ? known.keys : known.ids;
      return list[Number(digit) % list.length] ?? '';
    }
    return known[name as 'admin' | 'auditor' | 'service' | 'cursor'];
  });
}
