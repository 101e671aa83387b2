const BAR_WIDTH = 30;

export type Progress = (step: string, share: number) => void;

/** Shows a progress bar on a terminal; elsewhere it writes one line when a step begins. */
export function showProgress(): Progress {
  let last = '';
  return (step, share) => {
    if (!process.stderr.isTTY) {
      if (step !== last) process.stderr.write(`${step}\n`);
    } else {
      const full = Math.round(share * BAR_WIDTH);
      const bar = '█'.repeat(full) + '░'.repeat(BAR_WIDTH - full);
      process.stderr.write(`\r\x1b[K${bar} ${step}${share >= 1 ? '\n' : ''}`);
    }
    last = step;
  };
}
