import { Logger } from '@aws-lambda-powertools/logger';

/** One JSON line per event. Never pass it a header, a body or a key: it is kept for months. */
export const logger = new Logger({ serviceName: 'api-keys' });
