import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Log } from '../core/ports.ts';
import { openStoreClient, type StoreClient } from './engine/client.ts';
import { type Engine, startEngine } from './engine/engine.ts';
import { dropOld } from './retention.ts';
import { eventsTable, prepareSchema } from './schema.ts';

const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const now = Date.UTC(2026, 10, 20, 12) * 1000;
let folder: string;
let engine: Engine;
let client: StoreClient;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'retention-'));
  engine = await startEngine({ folder, log: silent, clock: () => Date.now() * 1000 });
  expect(await prepareSchema(engine)).toMatchObject({ ok: true });
  client = openStoreClient(engine);
});
afterAll(async () => {
  await client?.close();
  await engine?.stop();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  await client.command({ query: `TRUNCATE TABLE ${eventsTable}` });
  for (const [retention, day] of [
    ['default', 0],
    ['default', 6],
    ['default', 7],
    ['default', 8],
    ['audit', 8],
  ] as const) {
    await client.command({
      query: `INSERT INTO ${eventsTable} (position, tenant, time, retention) SELECT number, 't',
        fromUnixTimestamp64Micro(${now - day * 86_400e6}, 'UTC'), '${retention}' FROM numbers(10)`,
    });
  }
});

const left = async (): Promise<unknown[]> =>
  (
    await client.query({
      query: `SELECT retention, dateDiff('day', toDate(time), toDate('2026-11-20')) AS age FROM ${eventsTable} GROUP BY 1, 2 ORDER BY 1, 2`,
      format: 'JSONCompactEachRow',
    })
  ).json();

test('days that are wholly older than their class is kept are dropped and counted', async () => {
  const dropped = await dropOld(client, { days: { default: 7 } }, () => now, silent);
  expect(dropped).toEqual([
    { retention: 'default', day: '2026-11-12', rows: 10, bytes: expect.any(Number), because: 'age' },
  ]);
  expect(await left()).toEqual([
    ['audit', 8],
    ['default', 0],
    ['default', 6],
    ['default', 7],
  ]);
});

test('above the budget the oldest days go until it holds, but never today', async () => {
  const dropped = await dropOld(client, { days: {}, bytes: 1 }, () => now, silent);
  expect(dropped.map(({ because }) => because)).toEqual(['budget', 'budget', 'budget', 'budget']);
  expect(await left()).toEqual([['default', 0]]);
});

test('within the rules nothing is dropped', async () => {
  expect(
    await dropOld(client, { days: { default: 30, audit: 400 }, bytes: 1e12 }, () => now, silent),
  ).toEqual([]);
  expect(await left()).toHaveLength(5);
});
