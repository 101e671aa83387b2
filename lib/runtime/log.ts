import { Logger } from '@aws-lambda-powertools/logger';

/**
 * Writes one JSON line per event. Never pass it a header, a body or a key: logs are kept for
 * months. Metrics are in lines of level INFO, so a higher level would stop them.
 */
export const logger = new Logger({ serviceName: 'api-keys' });
