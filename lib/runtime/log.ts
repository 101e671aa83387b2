import { Logger } from '@aws-lambda-powertools/logger';

/**
 * One JSON line per event. Never pass it a header, a body or a key: it is kept for months. The metrics
 * are in lines of level INFO: to log less is to count nothing.
 */
export const logger = new Logger({ serviceName: 'api-keys' });
