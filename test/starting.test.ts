/** What a server answers while it starts, and as long as its store does not. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunningServer } from '../src/cli/context.ts';
import type { Log } from '../src/core/ports.ts';
import { startServer } from '../src/server.ts';
import { loadSettings } from '../src/settings/load.ts';
import { testToken } from './started-server.ts';

let folder: string;
let server: RunningServer;
let url = '';
/** Status, Retry-After and body of what was answered before the journal was opened. */
let early: unknown[] = [];
/** Sent before the journal was opened. */
let held: Promise<unknown>[] = [];

const ask = async (path: string, body?: object) => {
  const answer = await fetch(`${url}${path}`, {
    headers: { authorization: `Bearer ${testToken}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
  return [answer.status, answer.headers.get('retry-after'), await answer.json()] as const;
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatescope-starting-'));
  const variables = {
    GATESCOPE_PORT: '0',
    GATESCOPE_DATA: folder,
    GATESCOPE_ADMIN_TOKEN: testToken,
    // Nobody answers there: the store is never prepared.
    GATESCOPE_STORE_URL: 'http://127.0.0.1:9',
  };
  const settings = loadSettings({ environment: { variables, folder } });
  if (!settings.ok) throw new Error(JSON.stringify(settings.error));
  const log: Log = {
    debug() {},
    info: (message, fields) => {
      if (message === 'The door is open.') url = String(fields?.url);
    },
    warn() {},
    error() {},
  };
  server = await startServer(settings.value, {
    log,
    clock: () => Date.now() * 1000,
    newId: randomUUID,
    version: '0.0.0-test',
    // The start waits for this, and the journal comes after it.
    announce: async () => {
      held = [ask('/ingest', { early: 1 }), ask('/es/logs/_doc', { early: 2 })];
      early = await Promise.all([ask('/livez'), ask('/readyz'), ask('/api/status')]);
    },
  });
});
afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

test('before the journal is recovered a server is live and not ready', () => {
  const recovering = { status: 503, errors: [{ path: 'journal', reason: 'is recovering' }] };
  expect(early).toMatchObject([
    [200, null, { status: 'live' }],
    [503, '1', recovering],
    [503, '1', recovering],
  ]);
});

test('what is sent before the journal is recovered is taken in when it is', async () => {
  expect(await Promise.all(held)).toMatchObject([
    [200, null, { accepted: 1 }],
    [201, null, { result: 'created' }],
  ]);
});

test('as long as the store is not prepared events are taken in, and questions are told to come back', async () => {
  expect(server.url).toBe(url);
  expect(await ask('/livez')).toMatchObject([200, null, { status: 'live' }]);
  expect(await ask('/ingest', { a: 1 })).toMatchObject([200, null, { accepted: 1 }]);
  expect((await ask('/readyz'))[2]).toMatchObject({
    errors: [{ path: 'store', reason: 'The tables are not ready.' }],
  });
  const question = { from: 'now-1h', to: 'now', measures: ['count'] };
  const notYet = {
    title: 'Store unavailable',
    detail: 'The tables are not ready. Try again in a moment.',
  };
  for (const answer of [
    ask('/api/query', question),
    ask('/api/events'),
    ask('/api/events/x'),
    ask('/api/nearest'),
  ])
    expect(await answer).toMatchObject([503, '2', notYet]);
});
