import { KEY_SHAPE } from './key.ts';

/** A key within other text, such as its header. */
const EMBEDDED = new RegExp(`\\b${KEY_SHAPE.source.slice(1, -1)}\\b`);

const PREFIX = /^hk_(live|test|dev)_/;

/** Describes what is wrong with a text that is no key, without showing any of its secret. */
export function describeFault(text: string): string {
  if (EMBEDDED.test(text)) {
    return 'There is a key in the text, but not alone: remove spaces, quotes or a word such as Bearer.';
  }
  if (/^hk_[0-9A-Za-z_]{1,8}\*+$/.test(text)) {
    return 'This is the masked form of a key (key_prefix); send its key_id or the whole key.';
  }
  const [prefix] = PREFIX.exec(text) ?? [];
  if (!prefix) {
    return `The text has ${text.length} characters and does not begin with hk_live_, hk_test_ or hk_dev_.`;
  }
  const rest = text.slice(prefix.length);
  const wrong = rest.replace(/[0-9A-Za-z]/g, '').length;
  const others = wrong > 0 ? `, ${wrong} of them not letters or digits` : '';
  return `After ${prefix} there are ${rest.length} characters${others}; a key has 32 letters and digits there.`;
}
