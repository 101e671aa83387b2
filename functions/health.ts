import { route } from '../lib/http/route.ts';

/** `GET /health`: says that the function runs, without calling any other service. */
export const handler = route({}, () => ({ status: 200, body: { status: 'healthy' } }));
