import { AsyncLocalStorage } from 'node:async_hooks';

const { run } = AsyncLocalStorage.prototype;
const used = new Set<AsyncLocalStorage<unknown>>();

AsyncLocalStorage.prototype.run = new Proxy(run, {
  apply(target, storage, args) {
    used.add(storage);
    return Reflect.apply(target, storage, args);
  },
});

/**
 * Disables the storages that this test file has used. Node.js 20 calls every enabled one at each
 * promise, and jest-circus leaves one behind with each file, which slows down all later files.
 */
export function disableAsyncStorages(): void {
  AsyncLocalStorage.prototype.run = run;
  for (const storage of used) storage.disable();
}
