/** Uses a key on many connections in a process of its own, until the parent disconnects. */
const [, , url = '', connections = ''] = process.argv;

interface Key {
  readonly api_key: string;
  readonly key_id: string;
}

/** The number of accepted requests after which the parent is told that the flood has begun. */
const ENOUGH = 100;

const report = {
  service_id: 'prediction',
  endpoint: '/v1/predict',
  status_code: 200,
  response_time_ms: 1,
  predictions_count: 1,
};
const USES: ((keyId: string) => [string, object])[] = [
  () => ['/api/v1/keys/validate', {}],
  (keyId) => [`/api/v1/usage/${keyId}`, report],
  (keyId) => [`/api/v1/usage/${keyId}/debit`, report],
];

let key: Key | undefined;
/** The number of answers to requests with the current key, by status. */
let statuses: Record<string, number> = {};

async function use(use: (keyId: string) => [string, object], used: Key): Promise<void> {
  const [path, body] = use(used.key_id);
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${used.api_key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  await response.arrayBuffer();
  if (used !== key) return;
  statuses[response.status] = (statuses[response.status] ?? 0) + 1;
  if (response.status === 200 && statuses[200] === ENOUGH) process.send?.('flooding');
}

process.on('message', (message: Key | 'count') => {
  if (message === 'count') return process.send?.(statuses);
  const isFirst = key === undefined;
  key = message;
  statuses = {};
  if (!isFirst) return;
  for (let i = 0; i < Number(connections); i++) {
    const connection = async () => {
      while (key) await use(USES[i % USES.length] as (typeof USES)[number], key);
    };
    // The test stops the service before this process.
    connection().catch(() => process.exit(1));
  }
});
process.on('disconnect', () => process.exit(0));
