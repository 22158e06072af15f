/** A backup of a server under load, and what comes of it: every event that was accepted before it, once. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../src/cli/run.ts';
import type { Frame } from '../src/core/frame.ts';
import { startEngine } from '../src/store/engine/engine.ts';
import { type StartedServer, startTestServer, testToken } from './started-server.ts';

let folder: string;
let running: StartedServer[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatescope-backup-'));
});
afterEach(async () => {
  for (const server of running) await server.stop();
  running = [];
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function start(settings: Readonly<Record<string, string>> = {}, data?: string): Promise<StartedServer> {
  const server = await startTestServer(settings, data);
  running.push(server);
  return server;
}

/** The command line in this process; of a server it is given the address and an admin's token. */
async function gatescope(server: StartedServer | undefined, ...args: readonly string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const [said, complained] = [text(stdout), text(stderr)];
  const variables = server === undefined ? {} : { GATESCOPE_URL: server.url, GATESCOPE_TOKEN: testToken };
  const code = await run(args, {
    environment: { variables, folder },
    stdout,
    stderr,
    stdin: new PassThrough(),
    fetch,
    clock: () => Date.now() * 1000,
    newId: randomUUID,
    user: 'ann',
    version: '0.0.0-test',
    stopping: new AbortController().signal,
    startServer: () => Promise.reject(new Error('not in this test')),
  });
  stdout.end();
  stderr.end();
  return { code, stdout: await said, stderr: await complained };
}

/** Sends bodies of events until it is stopped; their numbers, once they are accepted. */
function load(server: StartedServer, from = 0) {
  const accepted: number[] = [];
  let next = from;
  let going = true;
  const send = async (): Promise<void> => {
    while (going) {
      const numbers = Array.from({ length: 200 }, () => next++);
      const answer = await fetch(`${server.url}/ingest`, {
        method: 'POST',
        headers: { authorization: `Bearer ${testToken}` },
        body: numbers.map((n) => `{"message":"e${n}","consumer_id":"c${n % 7}"}\n`).join(''),
      });
      if (answer.ok) accepted.push(...numbers);
      await sleep(2);
    }
  };
  const senders = [send(), send()];
  return {
    accepted,
    /** Resolves when so many are accepted. */
    async reached(count: number) {
      while (accepted.length < count) await sleep(10);
    },
    async stop() {
      going = false;
      await Promise.all(senders);
    },
  };
}

/** The numbers of the events that a server has, as often as it has them; and what it counts. */
async function numbersOf(server: StartedServer): Promise<{ numbers: number[]; count: number }> {
  await server.ready();
  await server.stored();
  const numbers: number[] = [];
  for (let cursor = ''; ; ) {
    const page = await server.api<{ events: { message: string }[]; next: string | null }>(
      `/api/events?filter=vocabulary:generic&from=now-1d&to=now%2B1d&limit=5000${cursor}`,
    );
    numbers.push(...page.events.map(({ message }) => Number(message.slice(1))));
    if (page.next === null) break;
    cursor = `&cursor=${encodeURIComponent(page.next)}`;
  }
  const query = { from: 'now-1d', to: 'now+1d', filter: 'vocabulary:generic', measures: ['count'] };
  const { totals } = await server.api<Frame>('/api/query', query);
  return { numbers, count: Number(totals[0]) };
}

/** Restores, starts a server on it, and compares what it has with what must be there. */
async function expectWhole(
  backup: string,
  into: string,
  accepted: readonly number[],
): Promise<StartedServer> {
  expect(await gatescope(undefined, 'restore', backup, '--into', into)).toMatchObject({ code: 0 });
  const copy = await start({}, into);
  const { numbers, count } = await numbersOf(copy);
  const there = new Set(numbers);
  expect(numbers.length - there.size).toBe(0);
  expect(count).toBe(there.size);
  expect(accepted.filter((n) => !there.has(n)).length).toBe(0);
  await expectEven(copy);
  return copy;
}

/** The server says so itself, once it has compared store and journal. */
async function expectEven(server: StartedServer): Promise<void> {
  for (;;) {
    const { comparison, lost, consumers } = await server.api<{
      comparison: object | null;
      lost: unknown[];
      consumers: object[];
    }>('/api/status');
    if (comparison === null) {
      await sleep(100);
      continue;
    }
    expect([lost, comparison]).toMatchObject([[], { surplus: 0 }]);
    for (const consumer of consumers) expect(consumer).toMatchObject({ lost: 0, expired: 0, balanced: true });
    return;
  }
}

const audit = (server: StartedServer) =>
  server.api<{ events: { action: string; message: string; user: string }[] }>(
    '/api/events?filter=type:AuditRecord%20action:backup*&from=now-1d&to=now%2B1d',
  );

describe('a backup of a server under load', () => {
  it('has every event that was accepted before it began, once; and so has one since it', async () => {
    const server = await start({ GATESCOPE_JOURNAL_SEGMENT: '1MB' });
    await server.ready();
    const traffic = load(server);
    await traffic.reached(5_000);
    const first = [...traffic.accepted];
    const one = await gatescope(server, 'backup', 'one', '-o', 'json');
    expect(one).toMatchObject({ code: 0 });
    expect(JSON.parse(one.stdout)).toMatchObject({ store: true, needs: '' });

    await traffic.reached(first.length + 4_000);
    const second = [...traffic.accepted];
    const two = await gatescope(server, 'backup', 'two', '--since', 'one', '-o', 'json');
    expect(two).toMatchObject({ code: 0 });
    await sleep(200);
    await traffic.stop();
    expect(await readdir(join(server.data, 'store', 'shadow'))).toEqual(['increment.txt']);
    expect(await gatescope(undefined, 'backup', '--verify', 'two')).toMatchObject({ code: 0 });

    const copyOfOne = await expectWhole('one', join(folder, 'data-1'), first);
    const copyOfTwo = await expectWhole('two', join(folder, 'data-2'), second);
    await copyOfTwo.stored();
    expect((await audit(copyOfTwo)).events.map(({ action }) => action).sort()).toEqual([
      'backup.made',
      'backup.restored',
    ]);

    // Each goes on for itself.
    for (const copy of [copyOfOne, copyOfTwo]) {
      const more = load(copy, 1_000_000);
      await more.reached(400);
      await more.stop();
      const { numbers } = await numbersOf(copy);
      expect(numbers.filter((n) => n >= 1_000_000).length).toBe(more.accepted.length);
      expect(new Set(numbers).size).toBe(numbers.length);
    }
  }, 180_000);

  it('has a tenant or has it not, when it is removed meanwhile', async () => {
    const server = await start();
    await server.ready();
    const sample = (method: string) =>
      fetch(`${server.url}/api/sample`, { method, headers: { authorization: `Bearer ${testToken}` } });
    expect((await sample('POST')).ok).toBe(true);
    await server.stored();
    const removed = sample('DELETE');
    const made = await gatescope(server, 'backup', 'meanwhile');
    expect([made.code, (await removed).ok]).toEqual([0, true]);
    const data = join(folder, 'data-5');
    expect(await gatescope(undefined, 'restore', 'meanwhile', '--into', data)).toMatchObject({ code: 0 });
    const copy = await start({}, data);
    await copy.ready();
    await copy.stored();
    await expectEven(copy);
    const { tenants } = await copy.api<{ tenants: { name: string }[] }>('/api/tenants');
    if (tenants.some(({ name }) => name === 'sample')) return;
    // Its name may be given again: who gets it sees nothing of the one before.
    await copy.api('/api/tenants', { name: 'sample' });
    const create = ['token', 'create', 'x', '--scope', 'read', '--quiet', '--tenant', 'sample'];
    const token = (await gatescope(undefined, ...create, '--data', data)).stdout.trim();
    const events = await fetch(`${copy.url}/api/events?from=now-2d`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(await events.json()).toMatchObject({ events: [] });
  }, 120_000);

  // A file system in memory, which most machines have.
  const elsewhere = '/dev/shm';
  it.skipIf(!existsSync(elsewhere))(
    'does as well on another disk, where nothing can be linked',
    async () => {
      const there = await mkdtemp(join(elsewhere, 'gatescope-backup-'));
      try {
        const server = await start({ GATESCOPE_JOURNAL_SEGMENT: '1MB' });
        await server.ready();
        const traffic = load(server);
        await traffic.reached(3_000);
        expect(await gatescope(server, 'backup', join(there, 'one'))).toMatchObject({ code: 0 });
        await traffic.reached(traffic.accepted.length + 2_000);
        const before = [...traffic.accepted];
        const two = await gatescope(server, 'backup', join(there, 'two'), '--since', join(there, 'one'));
        expect(two).toMatchObject({ code: 0 });
        await traffic.stop();
        // Such as the part that holds the version of the store, which nothing merges.
        const files = await readdir(join(there, 'two'), { recursive: true, withFileTypes: true });
        const links = await Promise.all(
          files
            .filter((file) => file.isFile())
            .map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).nlink > 1),
        );
        expect(links).toContain(true);
        await rm(join(there, 'one'), { recursive: true });
        await expectWhole(join(there, 'two'), join(folder, 'data-3'), before);
      } finally {
        await rm(there, { recursive: true, force: true });
      }
    },
    120_000,
  );
});

describe('a backup of a server whose store is elsewhere', () => {
  it('says that the store is not in it, and fills a store anew from what its journal has', async () => {
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    const engines = await Promise.all(
      ['engine-1', 'engine-2'].map((name) =>
        startEngine({ folder: join(folder, name), log, clock: () => Date.now() * 1000 }),
      ),
    );
    const [first, second] = engines.map(({ url, username, password }) => ({
      GATESCOPE_STORE_URL: url,
      GATESCOPE_STORE_USERNAME: username,
      GATESCOPE_STORE_PASSWORD: password,
    }));
    const server = await start(first);
    await server.ready();
    const traffic = load(server);
    await traffic.reached(1_000);
    await traffic.stop();
    await server.stored();
    const made = await gatescope(server, 'backup', 'journal-alone');
    expect(made).toMatchObject({ code: 0, stderr: expect.stringContaining('BACKUP') });
    const data = join(folder, 'data-4');
    expect(await gatescope(undefined, 'restore', 'journal-alone', '--into', data)).toMatchObject({ code: 0 });
    const { numbers } = await numbersOf(await start(second, data));
    expect(numbers.toSorted((a, b) => a - b)).toEqual(traffic.accepted.toSorted((a, b) => a - b));
    for (const each of running.splice(0)) await each.stop();
    for (const engine of engines) await engine.stop();
  }, 120_000);
});

describe('gatescope backup', () => {
  it('is for administrators of the default tenant alone, and says why it refuses', async () => {
    const server = await start();
    await server.ready();
    await server.api('/api/tenants', { name: 'other' });
    const made = await gatescope(
      undefined,
      'token',
      'create',
      'x',
      '--scope',
      'admin',
      '--tenant',
      'other',
      '--data',
      server.data,
      '--quiet',
    );
    const refused = await gatescope(server, 'backup', 'theirs', '--token', made.stdout.trim());
    expect(refused).toMatchObject({ code: 77, stderr: expect.stringContaining('default tenant') });
    expect(existsSync(join(folder, 'theirs'))).toBe(false);

    const inside = await gatescope(server, 'backup', join(server.data, 'backup'));
    expect(inside).toMatchObject({ code: 1, stderr: expect.stringContaining('in the data folder') });
    const silent = await gatescope(server, 'backup', 'nobody', '--url', 'http://127.0.0.1:9');
    expect(silent).toMatchObject({ code: 69 });
    await mkdir(join(folder, 'full', 'of'), { recursive: true });
    const full = await gatescope(server, 'backup', 'full');
    expect(full).toMatchObject({ code: 1, stderr: expect.stringContaining('not empty') });
    const none = await gatescope(server, 'backup', '--verify', 'full');
    expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining('no backup') });

    const running = await gatescope(undefined, 'restore', 'full', '--into', server.data);
    expect(running).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('in use by a running Gatescope'),
    });
  }, 60_000);
});
