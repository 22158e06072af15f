import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { messagesOf, take } from '../../test/event-source.ts';
import type { Authenticate } from '../access/authenticate.ts';
import type { Event } from '../core/event.ts';
import { encodeRow } from '../core/row.fixture.ts';
import { openJournal } from '../journal/journal.ts';
import { textRows } from '../journal/rows.fixture.ts';
import { createHttpServer } from './http-server.ts';
import { createLive, liveRoute } from './live.ts';
import type { LiveSample } from './live-figures.ts';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const clock = () => Date.now() * 1000;

/** `Bearer <tenant>` is who asks. */
async function start() {
  const folder = await mkdtemp(join(tmpdir(), 'gatescope-live-'));
  cleanups.push(() => rm(folder, { recursive: true }));
  const journal = await openJournal({ folder, clock, log: silent, diskEvery: 0 });
  cleanups.push(() => journal.close());
  const live = createLive({ journal, clock, every: 20 });
  const stop = new AbortController();
  const running = live.run(stop.signal);
  cleanups.push(() => {
    stop.abort();
    return running;
  });
  const authenticate: Authenticate = async ({ headers }) => ({
    kind: 'token',
    id: 'id',
    name: 'a token',
    tenant: headers.authorization?.split(' ')[1] ?? '',
    scopes: ['read'],
  });
  const closing = new AbortController();
  const server = await createHttpServer({
    routes: [liveRoute({ live, authenticate, closing: closing.signal })],
    authenticate,
    log: silent,
    newId: () => 'id',
    version: '1',
    basePath: '',
    trustedProxies: [],
    closing,
  });
  cleanups.push(() => server.close());
  const url = await server.listen({ port: 0, host: '127.0.0.1' });

  const append = (tenant: string, count: number) => {
    const now = clock();
    const events = Array.from(
      { length: count },
      (_, index): Event => ({
        id: `${now} ${index}`,
        weight: 1,
        tenant,
        time: now,
        received: now,
        vocabulary: 'nginx',
        type: 'access',
        family: 'traffic',
        severity: 'info',
        outcome: 'success',
        retention: 'default',
        raw: '{}',
        duration: 5_000,
        bytesOut: 100,
      }),
    );
    return journal.append({
      tenant,
      receiver: 'test',
      received: now,
      rows: textRows(events.map(encodeRow)),
      times: events.map(({ time }) => time),
      idHashes: events.map((_, index) => BigInt(index)),
      contentHashes: events.map(() => 0),
      counts: { received: count, duplicates: 0, quarantined: 0, replayed: 0 },
    });
  };
  const watch = async (tenant: string) => {
    const response = await fetch(`${url}/api/live`, { headers: { authorization: `Bearer ${tenant}` } });
    const messages = messagesOf(response);
    await messages.next();
    return async (): Promise<LiveSample> => (await take(messages, 1))[0]?.data as LiveSample;
  };
  return { append, watch };
}

/** Samples until one satisfies; the stream says when. */
async function until(next: () => Promise<LiveSample>, satisfied: (sample: LiveSample) => boolean) {
  for (;;) {
    const sample = await next();
    if (satisfied(sample)) return sample;
  }
}

test('those who watch see what their tenant receives, and nothing of others', async () => {
  const { append, watch } = await start();
  const mine = await watch('acme');
  const theirs = await watch('other');
  await append('acme', 10);
  const busy = await until(mine, ({ requestsPerSecond }) => requestsPerSecond > 0);
  expect(busy).toMatchObject({ duration: 5, totals: { requests: 10, bytesOut: 1_000 } });
  await append('other', 1);
  expect((await until(theirs, ({ requestsPerSecond }) => requestsPerSecond > 0)).totals.requests).toBe(1);
});

test('totals go on while nobody watches', async () => {
  const { append, watch } = await start();
  await append('acme', 3);
  const next = await watch('acme');
  await append('acme', 4);
  expect((await until(next, ({ totals }) => totals.events >= 7)).totals).toMatchObject({
    events: 7,
    requests: 7,
  });
});

test('two who watch one tenant get the same samples', async () => {
  const { append, watch } = await start();
  const one = await watch('acme');
  const two = await watch('acme');
  await append('acme', 5);
  const first = await until(one, ({ requestsPerSecond }) => requestsPerSecond > 0);
  expect(await until(two, ({ requestsPerSecond }) => requestsPerSecond > 0)).toEqual(first);
});
