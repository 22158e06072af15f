/**
 * What a backup of a server under load costs and is worth: `node bench/backup.ts [events] [folder]`. The folder is where
 * the backups go: on the disk of the data folder, else copied. Prints one line a step; ends with 1 when an event that
 * was accepted before a backup began is missing in what is restored from it, or is there twice.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createRandom } from '../src/sample/random.ts';
import { createBodies, stamp } from './bodies.ts';
import { atRank } from './rank.ts';
import { adminToken, freePort, ready, type ServerProcess, startServerProcess } from './server.ts';

const events = Number(process.argv[2] ?? 300_000);
const home = await mkdtemp(join(tmpdir(), 'gatescope-backup-bench-'));
const backups = await mkdtemp(join(process.argv[3] ?? home, 'backups-'));
const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const authorization = `Bearer ${adminToken}`;
const perBody = 500;

const say = (step: string, figures: object): void => console.log(step.padEnd(28), JSON.stringify(figures));
const round = (value: number): number => Number(value.toFixed(2));
const rank = (values: readonly number[], share: number): number =>
  atRank(
    [...values].sort((a, b) => a - b),
    share,
  );

async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const began = performance.now();
  const value = await work();
  return [value, round((performance.now() - began) / 1000)];
}

async function gatescope(server: ServerProcess | undefined, ...args: string[]) {
  const variables = server === undefined ? {} : { GATESCOPE_URL: server.url, GATESCOPE_TOKEN: adminToken };
  const run = promisify(execFile)(process.execPath, [main, ...args, '-o', 'json'], {
    env: { ...process.env, ...variables },
  });
  return JSON.parse((await run).stdout) as { files: number; bytes: number };
}

const random = createRandom(5);
const bodies = createBodies({ whole: false, perBody, bodies: 16, seed: 7 });
let next = 0;

/** Sends from two connections until `enough`; latencies in milliseconds, and the number of the last accepted. */
function load(server: ServerProcess, enough: () => boolean) {
  const latencies: number[] = [];
  const accepted = new Set<number>();
  const lane = async (): Promise<void> => {
    while (!enough()) {
      const first = next;
      next += perBody;
      const body = bodies[(first / perBody) % bodies.length] as (typeof bodies)[number];
      stamp(body, { first, time: Date.now() - 60_000, step: 1 }, random);
      const began = performance.now();
      const answer = await fetch(`${server.url}/es/_bulk`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/x-ndjson' },
        body: Buffer.from(body.bytes),
      });
      await answer.text();
      if (!answer.ok) continue;
      latencies.push(performance.now() - began);
      accepted.add(first);
    }
  };
  return { latencies, accepted, done: Promise.all([lane(), lane()]) };
}

async function count(server: ServerProcess, measure: string): Promise<number> {
  for (;;) {
    const answer = await fetch(`${server.url}/api/query`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({
        from: 'now-1d',
        to: 'now+1d',
        filter: 'type:GatewayEvent',
        measures: [measure],
      }),
    });
    if (answer.ok) return Number(((await answer.json()) as { totals: number[] }).totals[0]);
    await sleep(100);
  }
}

async function stored(server: ServerProcess): Promise<void> {
  for (;;) {
    const answer = await fetch(`${server.url}/api/status`, { headers: { authorization } });
    const { consumers } = (await answer.json()) as { consumers: { pending: number }[] };
    if (consumers.every(({ pending }) => pending === 0)) return;
    await sleep(100);
  }
}

let failed = false;

/** A server on what is restored has each event that was accepted before, and none twice. */
async function check(name: string, before: ReadonlySet<number>): Promise<void> {
  const folder = join(home, `${name}-restored`);
  const [, seconds] = await timed(() =>
    gatescope(undefined, 'restore', join(backups, name), '--into', join(folder, 'data')),
  );
  const server = startServerProcess(folder, await freePort());
  const [, startSeconds] = await timed(() => ready(server));
  await stored(server);
  const rows = await count(server, 'count');
  const ids = await exactIds(server, before);
  say(`restore ${name}`, { seconds, startSeconds, rows, ...ids });
  failed ||= ids.missing > 0 || ids.twice > 0;
  server.kill('SIGTERM');
  await server.ended;
}

/** Asks for each accepted body's events by their ids: some are missing, or there more than once. */
async function exactIds(server: ServerProcess, before: ReadonlySet<number>) {
  const seen = new Map<string, number>();
  for (let cursor = ''; ; ) {
    const path = `/api/events?filter=type:GatewayEvent&from=now-1d&to=now%2B1d&limit=5000${cursor}`;
    const answer = await fetch(`${server.url}${path}`, { headers: { authorization } });
    const page = (await answer.json()) as { events: { id: string }[]; next: string | null };
    for (const { id } of page.events) seen.set(id, (seen.get(id) ?? 0) + 1);
    if (page.next === null) break;
    cursor = `&cursor=${encodeURIComponent(page.next)}`;
  }
  let missing = 0;
  for (const first of before)
    for (let index = 0; index < perBody; index++)
      if (!seen.has(`7952${String(first + index).padStart(15, '0')}`)) missing += 1;
  return { missing, twice: [...seen.values()].filter((times) => times > 1).length };
}

async function backUp(server: ServerProcess, name: string, ...more: string[]): Promise<ReadonlySet<number>> {
  let going = true;
  const traffic = load(server, () => !going);
  await sleep(2_000);
  for (const first of traffic.accepted) accepted.add(first);
  const before = new Set(accepted);
  const calm = traffic.latencies.splice(0);
  const [{ files, bytes }, seconds] = await timed(() =>
    gatescope(server, 'backup', join(backups, name), ...more),
  );
  going = false;
  await traffic.done;
  for (const first of traffic.accepted) accepted.add(first);
  const rate = Math.round((traffic.latencies.length * perBody) / seconds);
  const ack = { p50: round(rank(traffic.latencies, 0.5)), p99: round(rank(traffic.latencies, 0.99)) };
  const without = { rate: Math.round((calm.length * perBody) / 2), p99: round(rank(calm, 0.99)) };
  say(`backup ${name}`, { seconds, files, megabytes: round(bytes / 1e6), rate, ack, without });
  return before;
}

const accepted = new Set<number>();
const folder = join(home, 'live');
try {
  await promisify(execFile)('mkdir', ['-p', folder, join(home, 'one-restored'), join(home, 'two-restored')]);
  const server = startServerProcess(folder, await freePort());
  await ready(server);
  const filling = load(server, () => next >= events);
  await filling.done;
  for (const first of filling.accepted) accepted.add(first);
  const one = await backUp(server, 'one');
  const two = await backUp(server, 'two', '--since', join(backups, 'one'));
  server.kill('SIGTERM');
  await server.ended;
  const [, verify] = await timed(() => gatescope(undefined, 'backup', '--verify', join(backups, 'two')));
  say('verify two', { seconds: verify });
  await check('one', one);
  await check('two', two);
} finally {
  await rm(home, { recursive: true, force: true });
  await rm(backups, { recursive: true, force: true });
}
process.exitCode = failed ? 1 : 0;
