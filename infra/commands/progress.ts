import { SingleBar } from 'cli-progress';

/** Shows how far a step is. */
export type Progress = (step: string, done: number, of: number) => void;

/** The time between two lines where there is no terminal. */
const LINE_MS = 30_000;

/** Shows the steps on standard error: a bar for each in a terminal, lines elsewhere. */
export function showProgress(): Progress {
  return process.stderr.isTTY ? bars() : lines();
}

function bars(): Progress {
  let bar: SingleBar | undefined;
  let current: string | undefined;
  return (step, done, of) => {
    if (step !== current) {
      bar?.stop();
      const format = `${step} {bar} {value}/{total}, {duration_formatted}`;
      bar = new SingleBar({ format, linewrap: true });
      bar.start(of, done);
      current = step;
    }
    // The number of items of a table is an estimate.
    if (done > (bar?.getTotal() ?? 0)) bar?.setTotal(done);
    bar?.update(done);
    if (done >= of) bar?.stop();
  };
}

function lines(): Progress {
  let shownAt = Number.NEGATIVE_INFINITY;
  let current: string | undefined;
  return (step, done, of) => {
    const now = performance.now();
    if (step === current && now - shownAt < LINE_MS) return;
    process.stderr.write(`${step}: ${done} of about ${of}\n`);
    shownAt = now;
    current = step;
  };
}
