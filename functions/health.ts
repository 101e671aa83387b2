import { route } from '../lib/http/route.ts';

/** `GET /health`: the function runs. Touches nothing else. */
export const handler = route({}, () => ({ status: 200, body: { status: 'healthy' } }));
