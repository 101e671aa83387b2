import { createServer } from 'node:http';
import express from 'express';
import { createAuth } from '../../../client/src/index.ts';
import { listenLocally } from '../../../infra/local/listen.ts';
import type { AppTask } from './task.ts';

const PREDICTION = {
  model: 'sentiment',
  predictions: [
    { label: 'positive', score: 0.91 },
    { label: 'neutral', score: 0.07 },
    { label: 'negative', score: 0.02 },
  ],
};

/** Starts an Express application that answers with JSON, and returns its address. */
export function startApp({ url, check }: AppTask): Promise<string> {
  const app = express();
  if (check !== 'none') {
    const auth = createAuth({ url, serviceId: 'prediction', leases: check === 'leases' });
    app.use(auth.express({ scope: 'predict' }));
  }
  app.get('/v1/prediction', (_, response) => {
    response.json(PREDICTION);
  });
  return listenLocally(createServer(app));
}
