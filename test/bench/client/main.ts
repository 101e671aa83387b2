import { answerTasks } from '../answer-tasks.ts';
import { startApp } from './app.ts';
import { measureLocal } from './local.ts';
import { measureRate } from './rate.ts';
import type { ClientTask } from './task.ts';

// This process is a service whose requests bring API keys.

answerTasks(async (task: ClientTask) => {
  switch (task.kind) {
    case 'app':
      return { url: await startApp(task) };
    case 'rate':
      return measureRate(task);
    case 'local':
      return measureLocal(task);
  }
});
