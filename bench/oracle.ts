/**
 * The reliability oracle: a producer sends with acknowledgement, resends what it does not know the fate of, and
 * sends duplicates on purpose, while the server and its engine are killed with `kill -9` at random. Afterwards every
 * acknowledged record must be in the store exactly once with its bytes, nothing unknown may be there, and a fresh
 * event must still flow.
 *
 * Usage: npm run oracle [-- --kills 50 --seed 1]
 *        npm run oracle -- --damage [--rounds 200 --seed 1 --kind part]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createRandom } from '../src/sample/random.ts';
import { type Batch, createBatches, send as sendBatch } from './batches.ts';
import { verifyStore } from './oracle-verify.ts';
import { api, childrenOf, freePort, ready, type ServerProcess, startServerProcess } from './server.ts';

const { values: options } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    damage: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '200' },
    kind: { type: 'string', default: '' },
  },
});
if (options.damage) {
  const { damageRounds } = await import('./damage.ts');
  process.exit((await damageRounds(Number(options.rounds), Number(options.seed), options.kind)) ? 0 : 1);
}
const kills = Number(options.kills);
const random = createRandom(Number(options.seed));

const source = createBatches(random, options.seed);
const { sent } = source;

let server: ServerProcess;
let stopping = false;
let resends = 0;
let duplicates = 0;

/** True when the server said that the batch is durable. */
async function send(batch: Batch): Promise<boolean> {
  const known = await sendBatch(server, batch);
  duplicates += known ?? 0;
  return known !== undefined;
}

async function produce(): Promise<void> {
  const done: Batch[] = [];
  while (!stopping) {
    const batch = source.next();
    while (!(await send(batch))) {
      resends += 1;
      await sleep(30 + random.below(100));
    }
    for (const mark of batch.marks) sent.get(mark)!.acknowledged = true;
    done.push(batch);
    if (random.chance(0.15)) await send(random.pick(done));
    if (done.length > 200) done.shift();
  }
}

const folder = await mkdtemp(join(tmpdir(), 'gatescope-oracle-'));
const port = await freePort();
const started = Date.now();
server = startServerProcess(folder, port);
await ready(server);
const producers = [produce(), produce(), produce()];
const failed = Promise.race(producers);
let enginesKilled = 0;
for (let kill = 1; kill <= kills; kill++) {
  await Promise.race([sleep(100 + random.below(1500)), failed]);
  const engine = (await childrenOf(server.pid))[0];
  if (engine !== undefined && random.chance(0.5)) {
    process.kill(engine, 'SIGKILL');
    enginesKilled += 1;
  }
  if (engine === undefined || random.chance(0.6)) {
    server.kill('SIGKILL');
    await server.ended;
    server = startServerProcess(folder, port);
    // Half of the time the next kill comes before it is up.
    if (random.chance(0.5)) await ready(server);
  }
  process.stderr.write(`\rkill ${kill} of ${kills}, ${sent.size} records`);
}
stopping = true;
await ready(server);
await Promise.all(producers);

const fresh: Batch = { ...source.next(), key: 'fresh' };
if (!(await send(fresh))) throw new Error('a fresh batch was refused');
for (const mark of fresh.marks) sent.get(mark)!.acknowledged = true;
await untilStored(server);
const wall = (Date.now() - started) / 1000;
server.kill('SIGTERM');
await server.ended;

const verdict = await verifyStore(join(folder, 'data'), sent);
process.stdout.write(
  `\n${JSON.stringify({ kills, enginesKilled, seconds: wall, resends, duplicatesAnswered: duplicates, ...verdict }, null, 2)}\n`,
);
if (verdict.faults.length === 0) await rm(folder, { recursive: true });
else process.stderr.write(`the data folder is kept: ${folder}\n`);
process.exit(verdict.faults.length === 0 ? 0 : 1);

/** Waits until the store has everything that the journal has. */
async function untilStored(target: ServerProcess): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const status = await api<{ consumers: { name: string; pending: number }[] }>(target, '/api/status');
    if (status.consumers.every((consumer) => consumer.pending === 0)) return;
    await sleep(100);
  }
  throw new Error('the store does not catch up');
}
