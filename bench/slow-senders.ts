/**
 * One sender never stops another: how fast a tenant's requests are answered beside slow senders of another tenant.
 * Starts a server of its own and prints one line without and one beside them. Where this process itself was held up, the
 * machine was not quiet and the figures say little.
 *
 * Usage: node bench/slow-senders.ts [--senders 200] [--seconds 60] [--rate 50]
 */
import { execFileSync } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { atRank } from './rank.ts';
import {
  adminToken,
  api,
  freePort,
  memory,
  ready,
  type ServerProcess,
  startServerProcess,
} from './server.ts';
import { openSlowSenders } from './slow-connections.ts';

const { values } = parseArgs({
  options: {
    senders: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '60' },
    rate: { type: 'string', default: '50' },
  },
});
const [senders, seconds, rate] = [Number(values.senders), Number(values.seconds), Number(values.rate)];

/** Sends small bodies at an even rate, each on its own; milliseconds to each answer, and how often it was what. */
async function send(server: ServerProcess, token: string): Promise<void> {
  const latencies: number[] = [];
  const statuses = new Map<number | string, number>();
  const running = new Set<Promise<void>>();
  const body = Array.from({ length: 5 }, (_, n) => `{"n":${n},"text":"${'x'.repeat(200)}"}`).join('\n');
  const one = async (): Promise<void> => {
    const began = performance.now();
    const status = await fetch(`${server.url}/ingest`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body,
    }).then(
      async (answer) => {
        await answer.arrayBuffer();
        return answer.status;
      },
      (error: Error) => String(error.cause ?? error),
    );
    latencies.push(performance.now() - began);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  };
  for (let n = 0; n < rate * 3; n += 1) await one();
  latencies.length = 0;
  statuses.clear();
  const own = monitorEventLoopDelay({ resolution: 1 });
  own.enable();
  const began = performance.now();
  for (let n = 0; n < seconds * rate; n += 1) {
    const due = began + (n * 1000) / rate;
    if (due > performance.now()) await sleep(due - performance.now());
    const sent = one().finally(() => running.delete(sent));
    running.add(sent);
  }
  await Promise.all(running);
  own.disable();
  latencies.sort((left, right) => left - right);
  const figures = [0.5, 0.99, 1].map((share) => Math.round(atRank(latencies, share) * 10) / 10);
  const answers = JSON.stringify(Object.fromEntries(statuses));
  process.stdout.write(
    `${latencies.length} requests: p50 ${figures[0]} ms, p99 ${figures[1]} ms, slowest ${figures[2]} ms; answers ${answers}; ${Math.round(await memory(server.pid))} MB; this process held up: p99 ${Math.round(own.percentile(99) / 1e6)} ms, at most ${Math.round(own.max / 1e6)} ms\n`,
  );
}

/** A token acts in its own tenant only, so that of another is made beside the server. */
function tokenOf(tenant: string, data: string): string {
  const program = fileURLToPath(new URL('../src/main.ts', import.meta.url));
  const wanted = [
    'token',
    'create',
    tenant,
    '--scope',
    'ingest',
    '--tenant',
    tenant,
    '--data',
    data,
    '--quiet',
  ];
  return execFileSync(process.execPath, [program, ...wanted], { encoding: 'utf8' }).trim();
}

const folder = await mkdtemp(join(tmpdir(), 'gatescope-slow-'));
const server = startServerProcess(folder, await freePort());
const ending = new AbortController();
setMaxListeners(0, ending.signal);
try {
  await ready(server);
  await api(server, '/api/tenants', { name: 'other' });
  const secret = tokenOf('other', join(folder, 'data'));
  process.stdout.write('alone: ');
  await send(server, secret);
  const slow = openSlowSenders(server.url, `Bearer ${adminToken}`, senders, ending.signal);
  await sleep(5_000);
  process.stdout.write(`beside ${senders} slow senders: `);
  await send(server, secret);
  process.stdout.write(`answers to the slow senders: ${JSON.stringify(Object.fromEntries(slow.answers))}\n`);
} finally {
  ending.abort();
  server.kill('SIGTERM');
  await server.ended;
  await rm(folder, { recursive: true });
}
