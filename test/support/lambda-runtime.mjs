/** Runs a bundle as Lambda does: receives events and sends back results and log lines. */
const lines = [];
process.stdout.write = (chunk) => lines.push(String(chunk));
const { handler } = await import(process.argv[2]);
process.on('message', async ({ event, seconds }) => {
  const endsAt = Date.now() + seconds * 1000;
  const context = {
    functionName: 'a-function',
    functionVersion: '7',
    getRemainingTimeInMillis: () => endsAt - Date.now(),
  };
  const outcome = await handler(event, context).then(
    (result) => ({ result }),
    (error) => ({ error: error.message }),
  );
  process.send({ ...outcome, logged: lines.splice(0) });
});
process.send({ ready: true });
