import { route } from '../lib/http/route.ts';

/** `GET /health`: says that the function runs, without calling any other service. */
export const handler = route('GET /health', {}, () => ({
  status: 200,
  body: { status: 'healthy' },
}));
