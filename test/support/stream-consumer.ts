import { followStream, loadStreamHandler } from '../../infra/local/stream.ts';

/** Adds the log to the totals in a process of its own until it is killed. */
followStream(await loadStreamHandler());
