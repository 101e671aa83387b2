import { LogFormatter, Logger, LogItem } from '@aws-lambda-powertools/logger';
import type { LogAttributes, UnformattedAttributes } from '@aws-lambda-powertools/logger/types';

/** Leaves out what is the same in every line, because logs are billed by their size. */
class ShortFormatter extends LogFormatter {
  formatAttributes(
    { logLevel, message, timestamp, xRayTraceId }: UnformattedAttributes,
    more: LogAttributes,
  ): LogItem {
    // Lambda names a trace for every request, though X-Ray has only those that are sampled.
    const sampled = process.env._X_AMZN_TRACE_ID?.includes('Sampled=1');
    return new LogItem({
      attributes: {
        // Lambda reads these two in its JSON format, by these names.
        level: logLevel,
        timestamp: this.formatTimestamp(timestamp),
        message,
        xray_trace_id: sampled ? xRayTraceId : undefined,
        ...more,
      },
    });
  }
}

/**
 * Writes one JSON line per event. Never pass it a header, a body or a key: logs are kept for
 * months. Metrics are in lines of level INFO, so a higher level would stop them.
 */
export const logger = new Logger({ logFormatter: new ShortFormatter() });
