#!/usr/bin/env node
import { run } from './run.ts';

// The SDK's notice about Node.js 20 would stand between the prompts.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

// A reader such as `head` may close the pipe, which is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

const { stdin, stdout, stderr, env } = process;
run(process.argv.slice(2), { stdin, stdout, stderr, env, now: Date.now }).then((code) => {
  process.exitCode = code;
});
