/** A process that uses a key on many connections, another when it is told of it, until it is disconnected. */
const [, , url = '', connections = ''] = process.argv;

interface Key {
  readonly api_key: string;
  readonly key_id: string;
}

/** So many accepted requests make a flood. */
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
/** The answers to the key's requests by their status. */
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
    // The service is stopped before we are.
    connection().catch(() => process.exit(1));
  }
});
process.on('disconnect', () => process.exit(0));
