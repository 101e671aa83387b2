import { jest } from '@jest/globals';

/** Returns the lines that the service in this process logs while `work` is done. */
export async function logLines(work: () => Promise<unknown>): Promise<Record<string, unknown>[]> {
  const write = jest.spyOn(process.stdout, 'write');
  await work();
  const texts = write.mock.calls.map(([chunk]) => String(chunk));
  write.mockRestore();
  return texts.filter((text) => text.startsWith('{"level"')).map((text) => JSON.parse(text));
}

/** Returns what CloudWatch counts of each line: the metrics that its directives name. */
export function countedIn(lines: Record<string, unknown>[]): Record<string, unknown>[] {
  return lines.map(({ _aws, ...members }) => {
    const { CloudWatchMetrics = [] } = (_aws ?? {}) as {
      CloudWatchMetrics?: { Metrics: { Name: string }[] }[];
    };
    const names = CloudWatchMetrics.flatMap(({ Metrics }) => Metrics.map(({ Name }) => Name));
    return Object.fromEntries(names.map((name) => [name, members[name]]));
  });
}
