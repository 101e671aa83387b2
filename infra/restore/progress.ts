import { SingleBar } from 'cli-progress';
import type { Progress } from './run.ts';

/** Shows a bar for each step in a terminal, and nothing elsewhere. */
export function showProgress(): Progress {
  let bar: SingleBar | undefined;
  let current: string | undefined;
  return (step, done, of) => {
    if (!process.stderr.isTTY) return;
    if (step !== current) {
      bar?.stop();
      bar = new SingleBar({ format: `${step} {bar} {value}/{total}`, hideCursor: true });
      bar.start(of, 0);
      current = step;
    }
    // The number of items of a table is an estimate.
    if (done > (bar?.getTotal() ?? 0)) bar?.setTotal(done);
    bar?.update(done);
    if (done >= of) {
      bar?.stop();
      current = undefined;
    }
  };
}
