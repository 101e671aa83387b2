import { followStream, loadStreamHandler } from '../../infra/local/stream.ts';

/** A process that adds the log to the totals until it is killed. */
followStream(await loadStreamHandler());
