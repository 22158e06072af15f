/**
 * The figures of the design, measured against the real server over HTTP and written to RESULTS.md with the machine
 * named. A real peer is measured in the same run where its program is on the PATH (`victoria-logs`).
 *
 * Usage: npm run bench [-- --small 1000000 --mixed 300000 --whole 100000 --large 10000000]
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { findPeer, measurePeer, type PeerRun } from './peer.ts';
import { measureQueries, type QueryFigure } from './queries.ts';
import { atRank } from './rank.ts';
import { send } from './send.ts';
import type { SenderTask } from './sender.ts';
import {
  adminToken,
  api,
  folderSize,
  freePort,
  memory,
  ready,
  type ServerProcess,
  startServerProcess,
} from './server.ts';

const { values: options } = parseArgs({
  options: {
    small: { type: 'string', default: '1000000' },
    large: { type: 'string', default: '10000000' },
    mixed: { type: 'string', default: '300000' },
    whole: { type: 'string', default: '100000' },
  },
});

interface Run {
  readonly name: string;
  readonly events: number;
  readonly acknowledgedPerSecond: number;
  readonly queryablePerSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly visibleP50: number;
  readonly visibleP99: number;
  readonly bytesPerEvent: number;
  readonly memoryPeak: number;
  readonly queries: readonly QueryFigure[];
}

interface Status {
  readonly consumers: readonly { readonly pending: number }[];
}
const stored = async (server: ServerProcess): Promise<boolean> =>
  (await api<Status>(server, '/api/status')).consumers.every((consumer) => consumer.pending === 0);

/**
 * Milliseconds from the acknowledgement of a fresh event until a query shows it, every two seconds. Asked ten times a
 * second, as a page that is looked at asks at most: asked without a pause the questions take a fifth of two cores.
 */
async function probeVisibility(server: ServerProcess, done: () => boolean): Promise<number[]> {
  const latencies: number[] = [];
  for (let number = 0; !done(); number++) {
    const mark = `probe-${Date.now()}-${number}`;
    await api(server, '/ingest', { probe: mark, time: new Date().toISOString() });
    const acknowledged = performance.now();
    const question = `/api/events?from=now-5m&limit=1&filter=${encodeURIComponent(`attributes.probe:${mark}`)}`;
    for (;;) {
      const page = await api<{ events: unknown[] }>(server, question);
      if (page.events.length > 0) break;
      await sleep(100);
    }
    latencies.push(performance.now() - acknowledged);
    await sleep(2_000);
  }
  return latencies.sort((left, right) => left - right);
}

/** Starts a server on a folder of its own for `deed`; both are gone afterwards, whatever happened. */
async function withServer<T>(deed: (server: ServerProcess, folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'gatescope-bench-'));
  const server = startServerProcess(folder, await freePort());
  try {
    return await deed(server, folder);
  } finally {
    server.kill('SIGTERM');
    await server.ended;
    await rm(folder, { recursive: true });
  }
}

const measure = (name: string, events: number, load: SenderTask['load']): Promise<Run> =>
  withServer(async (server, folder) => {
    await ready(server);
    let peak = 0;
    let sending = true;
    const watch = (async () => {
      for (; sending; await sleep(300)) peak = Math.max(peak, await memory(server.pid));
    })();
    const to = Date.now() - 60_000;
    const started = performance.now();
    const probe = probeVisibility(server, () => !sending);
    const report = await send({
      url: server.url,
      path: '/es/_bulk',
      authorization: `Bearer ${adminToken}`,
      events,
      first: 1,
      perBody: load === 'whole' ? 200 : 1000,
      load,
      connections: 4,
      from: to - 24 * 3_600_000,
      to,
      resend: load === 'mixed' ? 0 : 0.005,
    });
    while (!(await stored(server))) await sleep(50);
    const queryable = (performance.now() - started) / 1000;
    sending = false;
    const visible = await probe;
    await watch;
    if (report.refused > 0) throw new Error(`${report.refused} events were refused`);
    const count = await api<{ totals: number[] }>(server, '/api/query', {
      from: to - 25 * 3_600_000,
      to: to + 60_000,
      // Without the probes, what is worked out from others, and our own audit.
      filter: '-attributes.depth:* -attributes.probe:* -vocabulary:gatescope',
      measures: ['count'],
    });
    if (count.totals[0] !== report.events)
      throw new Error(`${report.events} sent, ${count.totals[0]} counted`);
    await sleep(20_000);
    const queries = await measureQueries(server, to);
    const bytes = await settledSize(join(folder, 'data', 'store'));
    return {
      name,
      events,
      acknowledgedPerSecond: (report.events + report.resent) / report.seconds,
      queryablePerSecond: (report.events + report.resent) / queryable,
      p50: report.p50,
      p99: report.p99,
      visibleP50: atRank(visible, 0.5),
      visibleP99: atRank(visible, 0.99),
      bytesPerEvent: bytes / report.events,
      memoryPeak: peak,
      queries,
    };
  });

/** Bytes once they no longer change: what was merged lies beside what it became for another half a minute. */
async function settledSize(folder: string): Promise<number> {
  let bytes = await folderSize(folder);
  for (let since = performance.now(); performance.now() - since < 40_000; ) {
    await sleep(5_000);
    const now = await folderSize(folder);
    if (now < bytes * 0.99) since = performance.now();
    bytes = now;
  }
  return bytes;
}

/** Seconds from the start of the process until a first event is answered by a query, and memory when idle. */
const measureStart = (): Promise<{ readonly seconds: number; readonly idle: number }> => {
  const started = performance.now();
  return withServer(async (server) => {
    await ready(server);
    await api(server, '/ingest', { hello: 'world' });
    while ((await api<{ events: unknown[] }>(server, '/api/events')).events.length === 0) await sleep(20);
    const seconds = (performance.now() - started) / 1000;
    await sleep(10_000);
    const idle = await memory(server.pid);
    return { seconds, idle };
  });
};

const start = await measureStart();
const runs: Run[] = [];
// The peer follows at once, as the speed of a machine that others share changes within minutes.
const peer = findPeer();
const peerRuns: PeerRun[] = [];
for (const [name, count, load] of [
  ['small', Number(options.small), 'small'],
  ['mixed', Number(options.mixed), 'mixed'],
  ['whole', Number(options.whole), 'whole'],
  ['small, many', Number(options.large), 'small'],
] as const) {
  if (count === 0) continue;
  runs.push(await measure(name, count, load));
  process.stderr.write(`${JSON.stringify(runs.at(-1))}\n`);
  if (peer === undefined || load === 'mixed') continue;
  peerRuns.push(
    await measurePeer(peer, Math.min(count, load === 'whole' ? 50_000 : 500_000), load === 'whole'),
  );
  process.stderr.write(`${JSON.stringify(peerRuns.at(-1))}\n`);
}

const number = (value: number, digits = 0): string =>
  value.toLocaleString('en', { maximumFractionDigits: digits });
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD']).toString().trim();
const lines = [
  '# Results',
  '',
  `Measured by \`npm run bench\` at ${commit}, ${new Date().toISOString().slice(0, 10)}, Node ${process.version}, on ${cpus().length} cores (${cpus()[0]?.model.trim()}), ${number(totalmem() / 2 ** 30)} GB; the sender and the server share them.`,
  'Events over `_bulk` with 4 connections: small ones of 1.2 KB, 1 000 a body; whole ones of 12 KB, 200 a body; 1 % late, 0.5 % of the bodies sent twice; mixed: all vocabularies, each body of one gateway. One run each.',
  '',
  '| run | events | acknowledged/s | queryable/s | ack p50 / p99 ms | visible p50 / p99 ms | B an event on disk | peak MB, all processes |',
  '|---|---:|---:|---:|---:|---:|---:|---:|',
  ...runs.map(
    (run) =>
      `| ${run.name} | ${number(run.events)} | ${number(run.acknowledgedPerSecond)} | ${number(run.queryablePerSecond)} | ${number(run.p50)} / ${number(run.p99)} | ${number(run.visibleP50)} / ${number(run.visibleP99)} | ${number(run.bytesPerEvent)} | ${number(run.memoryPeak)} |`,
  ),
  ...peerRuns.map(
    (run) =>
      `| ${run.name} | ${number(run.events)} | ${number(run.perSecond)} | | ${number(run.p50)} / ${number(run.p99)} | | ${number(run.bytesPerEvent)} | ${number(run.memoryPeak)} |`,
  ),
  '',
  `Start: ${number(start.seconds, 1)} s from the start of the process to the first event in a query; ${number(start.idle)} MB idle.`,
  '',
  ...runs.flatMap((run) => [
    `## Queries over 24 h, ${number(run.events)} ${run.name} events`,
    '',
    '| question | p50 ms | p95 ms |',
    '|---|---:|---:|',
    ...run.queries.map((query) => `| ${query.name} | ${number(query.p50)} | ${number(query.p95)} |`),
    '',
  ]),
];
await writeFile(new URL('./RESULTS.md', import.meta.url), lines.join('\n'));
process.stdout.write(`${lines.join('\n')}\n`);
