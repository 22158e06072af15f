/** Promises that only the whole server can keep, each asked of it from door to answer. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Frame, IngestAnswer } from '../src/core/frame.ts';
import { drawCall } from '../src/sample/call.ts';
import { nginxLine } from '../src/sample/dialects/nginx.ts';
import { gatewayEvent } from '../src/sample/dialects/otoroshi.ts';
import { createRandom } from '../src/sample/random.ts';
import { openStoreClient } from '../src/store/engine/client.ts';
import { type Engine, startEngine } from '../src/store/engine/engine.ts';
import { type StartedServer, startTestServer, testToken } from './started-server.ts';

const day = 86_400_000;
const random = createRandom(3);
const silent = { debug() {}, info() {}, warn() {}, error() {} };

async function ingest(
  server: StartedServer,
  path: string,
  lines: readonly string[],
  key?: string,
): Promise<IngestAnswer> {
  const answer = await fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${testToken}`,
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    body: lines.join('\n'),
  });
  expect(answer.status).toBe(200);
  return (await answer.json()) as IngestAnswer;
}
const count = async (server: StartedServer, filter: string): Promise<unknown> => {
  const query = { from: 'now-1000d', to: 'now+1d', filter, measures: ['count'] };
  return (await server.api<Frame>('/api/query', query)).totals[0];
};

describe('a server with its engine inside', () => {
  let server: StartedServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.stop());

  it('stores 1 000 events over 400 days that came in one body', async () => {
    const now = Date.now();
    const lines = Array.from({ length: 1000 }, (_, index) =>
      gatewayEvent(drawCall(random, now - Math.floor((index * 400 * day) / 1000), index), false),
    );
    expect(await ingest(server, '/ingest', lines)).toMatchObject({ received: 1000, accepted: 1000 });
    await server.stored();
    expect(await count(server, 'type:GatewayEvent')).toBe(1000);
    // Four hundred inserts, one a day, each on disk before the next.
  }, 240_000);

  it('counts two equal NGINX lines of one second as two events', async () => {
    const line = nginxLine(drawCall(random, Date.now() - 60_000, 1));
    expect(await ingest(server, '/ingest/nginx', [line, line])).toMatchObject({ accepted: 2, duplicates: 0 });
    await server.stored();
    expect(await count(server, 'vocabulary:nginx')).toBe(2);
  });

  it('counts a bulk that is sent twice once', async () => {
    const events = Array.from({ length: 50 }, (_, index) =>
      gatewayEvent(drawCall(random, Date.now() - day, 5000 + index), true),
    );
    const body = events.map((event) => `{"create":{}}\n${event}\n`).join('');
    const send = async () => {
      const answer = await fetch(`${server.url}/es/otoroshi-events/_bulk`, {
        method: 'POST',
        headers: { authorization: `ApiKey ${testToken}`, 'content-type': 'application/x-ndjson' },
        body,
      });
      const { items } = (await answer.json()) as { items: { create: { status: number } }[] };
      return items.map(({ create }) => create.status);
    };
    const before = Number(await count(server, 'type:GatewayEvent'));
    expect(await send()).toEqual(Array(50).fill(201));
    expect(await send()).toEqual(Array(50).fill(200));
    await server.stored();
    expect(Number(await count(server, 'type:GatewayEvent')) - before).toBe(50);
  });

  it('keeps the equation: what came in is journalled, quarantined or a duplicate', async () => {
    await ingest(server, '/ingest', ['{"fine":1}', '{"broken":', '{"fine":2}'], 'three lines');
    await ingest(server, '/ingest', ['{"fine":1}', '{"broken":', '{"fine":2}'], 'three lines');
    const { equation, consumers } = await server.api<{
      equation: Record<string, number>;
      consumers: { delivered: number; pending: number; deadLettered: number; expired: number }[];
    }>('/api/status');
    const { received, journalled, quarantined, duplicates } = equation as Record<string, number>;
    expect(received).toBe(Number(journalled) + Number(quarantined) + Number(duplicates));
    expect(quarantined).toBeGreaterThan(0);
    expect(duplicates).toBe(52);
    await server.stored();
    expect(consumers[0]).toMatchObject({ deadLettered: 0, expired: 0 });
  });

  it('goes on where it was after a restart, and still knows what it has seen', async () => {
    const event = gatewayEvent(drawCall(random, Date.now() - 1000, 77), false);
    await ingest(server, '/ingest', [event]);
    await server.stop(true);
    server = await startTestServer({}, server.data);
    expect(await ingest(server, '/ingest', [event])).toMatchObject({ accepted: 0, duplicates: 1 });
  });
});

describe('a server pointed by URL at an engine elsewhere', () => {
  let folder: string;
  let engine: Engine;
  let server: StartedServer;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gatescope-engine-'));
    engine = await startEngine({ folder, log: silent, clock: () => Date.now() * 1000 });
    const { url, username, password } = engine;
    server = await startTestServer({
      GATESCOPE_STORE_URL: url,
      GATESCOPE_STORE_USERNAME: username,
      GATESCOPE_STORE_PASSWORD: password,
    });
  });
  afterAll(async () => {
    await server.stop();
    await engine.stop();
    await rm(folder, { recursive: true });
  });

  it('works the same', async () => {
    await ingest(server, '/ingest', ['{"elsewhere":true}']);
    await server.stored();
    expect(await count(server, 'vocabulary:generic')).toBe(1);
  });

  it('takes events in, stores them and stays ready beside four endless queries', async () => {
    const client = openStoreClient(engine);
    const ending = new AbortController();
    const endless = Array.from({ length: 4 }, () =>
      client
        .query({
          query: 'SELECT sum(sipHash64(number)) FROM numbers(1000000000000)',
          abort_signal: ending.signal,
          clickhouse_settings: { max_execution_time: 120, max_threads: 1 },
        })
        .then(
          () => 'ended',
          () => 'aborted',
        ),
    );
    await sleep(500);
    const events = Array.from({ length: 500 }, (_, index) =>
      gatewayEvent(drawCall(random, Date.now(), 9000 + index), false),
    );
    expect(await ingest(server, '/ingest', events)).toMatchObject({ accepted: 500 });
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    await server.stored();
    expect(await count(server, 'type:GatewayEvent')).toBe(500);
    expect(await Promise.race([...endless, sleep(0, 'still running')])).toBe('still running');
    ending.abort();
    await Promise.all(endless);
    await client.close();
  });
});
