const WIDTH = 30;

export type Progress = (what: string, share: number) => void;

/** Shows how far it is, on the terminal only; a log gets a line when a thing begins. */
export function showProgress(): Progress {
  let last = '';
  return (what, share) => {
    if (!process.stderr.isTTY) {
      if (what !== last) process.stderr.write(`${what}\n`);
    } else {
      const full = Math.round(share * WIDTH);
      const bar = '█'.repeat(full) + '░'.repeat(WIDTH - full);
      process.stderr.write(`\r\x1b[K${bar} ${what}${share >= 1 ? '\n' : ''}`);
    }
    last = what;
  };
}
