import type { Mutant, Report } from './run-stryker.ts';

/** A mutant that no test failed for, as the page names it. */
export interface Survivor {
  readonly file: string;
  readonly line: number;
  /** The code and what became of it, in Markdown. It has no line, so that edits don't change it. */
  readonly change: string;
}

export interface Score {
  readonly tested: number;
  readonly killed: number;
}

/** A mutant that makes the tests run for ever is found as well. */
const FOUND = ['Killed', 'Timeout'];
const MISSED = ['Survived', 'NoCoverage'];

export function scoreOf(report: Report): Score {
  const statuses = Object.values(report).flatMap(({ mutants }) => mutants.map((m) => m.status));
  const killed = statuses.filter((status) => FOUND.includes(status)).length;
  return { tested: killed + statuses.filter((status) => MISSED.includes(status)).length, killed };
}

export function survivorsOf(report: Report): Survivor[] {
  return Object.entries(report).flatMap(([file, { source, mutants }]) =>
    mutants
      .filter(({ status }) => MISSED.includes(status))
      .map((mutant) => ({
        file,
        line: mutant.location.start.line,
        change: describeChange(source, mutant),
      })),
  );
}

/** Returns the survivors that the page does not list under the name of their file. */
export function unexplained(survivors: readonly Survivor[], page: string): Survivor[] {
  const sections = page.split(/^#+ /m);
  return survivors.filter(({ file, change }) => {
    const section = sections.find((one) => one.startsWith(`${file}\n`)) ?? '';
    return !section.includes(`- ${change}: `);
  });
}

/** Returns the lines of the mutant, before and after it. */
function describeChange(source: string, { location: { start, end }, replacement }: Mutant): string {
  const lines = source.split('\n');
  const first = lines[start.line - 1] ?? '';
  const last = lines[end.line - 1] ?? '';
  const before = lines.slice(start.line - 1, end.line).join('\n');
  const after = first.slice(0, start.column - 1) + replacement + last.slice(end.column - 1);
  return `${code(before)} → ${code(after)}`;
}

const LONGEST = 120;

/** Returns code as Markdown, in one line. */
function code(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  const short = line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
  return short.includes('`') ? `\`\` ${short} \`\`` : `\`${short}\``;
}
