/**
 * Passes everything that this process writes to `take`, and writes what it returns false for.
 * @returns a function that stops it
 */
export function tapOutput(take: (text: string) => boolean): () => void {
  const restore = [process.stdout, process.stderr].map((stream) => {
    const { write } = stream;
    stream.write = (chunk: string | Uint8Array, ...rest: never[]) =>
      take(String(chunk)) || write.call(stream, chunk, ...rest);
    return () => {
      stream.write = write;
    };
  });
  return () => {
    for (const step of restore) step();
  };
}

export function isLogLine(text: string): boolean {
  return text.startsWith('{"level"');
}

/** Returns the lines that the service in this process logs while `work` is done. */
export async function logLines(work: () => Promise<unknown>): Promise<Record<string, unknown>[]> {
  const texts: string[] = [];
  const end = tapOutput((text) => {
    texts.push(text);
    return false;
  });
  try {
    await work();
  } finally {
    end();
  }
  return texts.filter(isLogLine).map((text) => JSON.parse(text));
}

/** Returns the metrics that CloudWatch extracts from each line, as its directives name them. */
export function countedIn(lines: Record<string, unknown>[]): Record<string, unknown>[] {
  return lines.map(({ _aws, ...members }) => {
    const { CloudWatchMetrics = [] } = (_aws ?? {}) as {
      CloudWatchMetrics?: { Metrics: { Name: string }[] }[];
    };
    const names = CloudWatchMetrics.flatMap(({ Metrics }) => Metrics.map(({ Name }) => Name));
    return Object.fromEntries(names.map((name) => [name, members[name]]));
  });
}
