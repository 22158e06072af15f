/**
 * How long a restart takes with many events in the store and all of them still in the journal: after `kill -9` under
 * load, after a clean stop, and after the loss of the cursor. Every event must be there once, and a fresh one must flow.
 *
 * Usage: npm run bench:restart [-- --events 5000000]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { send } from './send.ts';
import type { SenderTask } from './sender.ts';
import { adminToken, api, freePort, ready, type ServerProcess, startServerProcess } from './server.ts';

const { values: options } = parseArgs({ options: { events: { type: 'string', default: '5000000' } } });
const total = Number(options.events);

interface Status {
  readonly consumers: readonly { readonly pending: number; readonly balanced: boolean }[];
  readonly journal: { readonly oldest: number; readonly end: number; readonly bytes: number };
}

const folder = await mkdtemp(join(tmpdir(), 'gatescope-restart-'));
const port = await freePort();

/** Seconds until it is ready. */
async function start(): Promise<{ server: ServerProcess; seconds: number }> {
  const began = performance.now();
  const server = startServerProcess(folder, port);
  await ready(server, 300);
  return { server, seconds: (performance.now() - began) / 1000 };
}

function task(server: ServerProcess, first: number, events: number): SenderTask {
  const to = Date.now();
  return {
    url: server.url,
    path: '/es/_bulk',
    authorization: `Bearer ${adminToken}`,
    events,
    first,
    perBody: 1000,
    load: 'small',
    connections: 4,
    from: to - 20 * 3_600_000,
    to,
    resend: 0,
  };
}

/** Events and different ids, once everything is stored. */
async function counted(server: ServerProcess): Promise<{ events: number; status: Status }> {
  for (;;) {
    const status = await api<Status>(server, '/api/status');
    if (status.consumers.every(({ pending }) => pending === 0)) {
      const frame = await api<{ rows: [number][] }>(server, '/api/query', {
        from: 'now-3d',
        to: 'now+1d',
        filter: 'type:GatewayEvent',
        measures: ['count'],
      });
      return { events: frame.rows[0]?.[0] ?? 0, status };
    }
    await sleep(200);
  }
}

const figures: Record<string, unknown> = {};
let { server } = await start();
const report = await send(task(server, 0, total));
figures.loaded = { events: report.events, seconds: Math.round(report.seconds) };
const before = await counted(server);
figures.stored = before.events;
figures.journal = before.status.journal;
let expected = before.events;
const faults: string[] = [];

async function judge(name: string, seconds: number): Promise<void> {
  await send(task(server, expected, 1000));
  const { events, status } = await counted(server);
  expected += 1000;
  if (events !== expected) faults.push(`${name}: ${events} events, ${expected} expected`);
  if (status.consumers.some(({ balanced }) => !balanced)) faults.push(`${name}: not balanced`);
  figures[name] = { readyAfterSeconds: Number(seconds.toFixed(2)) };
}

for (const [name, signal] of [
  ['clean stop', 'SIGTERM'],
  ['kill -9', 'SIGKILL'],
] as const) {
  server.kill(signal);
  await server.ended;
  const again = await start();
  server = again.server;
  await judge(name, again.seconds);
}
server.kill('SIGTERM');
await server.ended;
await rm(join(folder, 'data', 'cursors', 'store.json'));
const again = await start();
server = again.server;
await judge('cursor lost', again.seconds);
server.kill('SIGTERM');
await server.ended;
await rm(folder, { recursive: true });
process.stdout.write(`${JSON.stringify({ ...figures, faults }, null, 2)}\n`);
process.exit(faults.length === 0 ? 0 : 1);
