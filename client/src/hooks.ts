import type { ValidateEvent, Validation } from './types.ts';

/** Calls a hook. The validation goes on whatever the hook throws, or rejects with if it is async. */
export function callHook<Event>(hook: (event: Event) => unknown, event: Event): void {
  try {
    const returned = hook(event);
    if (returned instanceof Promise) returned.catch(() => {});
  } catch {}
}

/**
 * Makes the event of a decision, with attributes in the style of OpenTelemetry. The key's id is not
 * among them: a histogram would have a series for each key.
 */
export function validateEvent(
  validation: Validation,
  local: boolean,
  durationMs: number,
): ValidateEvent {
  const outcome = validation.valid ? 'valid' : validation.code;
  return {
    outcome,
    local,
    durationMs,
    ...(validation.valid && { keyId: validation.keyId }),
    attributes: {
      'hokusai.auth.outcome': outcome,
      'hokusai.auth.local': local,
      ...(!validation.valid && { 'error.type': outcome }),
    },
  };
}
