import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { columns } from '../core/event.ts';
import type { Log } from '../core/ports.ts';
import { openStoreClient, type StoreClient } from './engine/client.ts';
import { type Engine, startEngine } from './engine/engine.ts';
import { database, eventsTable, prepareSchema, rowColumns, schemaText } from './schema.ts';

const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

test('the committed statements are those that the columns make', async () => {
  const committed = await readFile(new URL('./schema.gen.sql', import.meta.url), 'utf8');
  expect(committed).toBe(schemaText());
});

test('a row holds its place and then every column of the event, raw last', () => {
  expect(rowColumns).toEqual(['position', 'batch', ...columns.map((column) => column.name)]);
  expect(rowColumns.at(-1)).toBe('raw');
});

describe('a store', () => {
  let folder: string;
  let engine: Engine;
  let client: StoreClient;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'schema-'));
    engine = await startEngine({ folder, log: silent, clock: () => Date.now() * 1000 });
    client = openStoreClient({ ...engine, database: 'default' });
  });
  afterAll(async () => {
    await client?.close();
    await engine?.stop();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    await client.command({ query: `DROP DATABASE IF EXISTS ${database} SYNC` });
    expect(await prepareSchema(engine)).toEqual({ ok: true, value: { added: [] } });
  });

  const change = (text: string) => client.command({ query: `ALTER TABLE ${eventsTable} ${text}` });
  const reason = async (): Promise<string> => {
    const outcome = await prepareSchema(engine);
    return outcome.ok ? 'accepted' : outcome.error.reason;
  };

  test('is made once and found complete afterwards', async () => {
    expect(await prepareSchema(engine)).toEqual({ ok: true, value: { added: [] } });
    const result = await client.query({
      query: `SELECT version FROM ${database}.version`,
      format: 'JSONEachRow',
    });
    expect(await result.json()).toEqual([{ version: 1 }]);
    const tables = await client.query({ query: `SHOW TABLES FROM ${database}`, format: 'TabSeparated' });
    expect(await tables.text()).toBe('events\nversion\n');
  });

  test('gets the settings of this program', async () => {
    const text = async (): Promise<string> =>
      (await client.query({ query: `SHOW CREATE TABLE ${eventsTable}`, format: 'TabSeparatedRaw' })).text();
    const settings = async () => (await text()).split('\n').findLast((line) => line.startsWith('SETTINGS'));
    const made = await settings();
    expect(made).toContain('merge_selector_base = 12');
    await change('MODIFY SETTING merge_selector_base = 5');
    expect(await settings()).not.toBe(made);
    expect(await reason()).toBe('accepted');
    expect(await settings()).toBe(made);
  });

  test('gets the columns it lacks, in their place, and keeps its rows', async () => {
    await client.command({
      query: `INSERT INTO ${eventsTable} (position, tenant, time, service) VALUES (7, 't', now64(6), 's')`,
    });
    await change('DROP COLUMN country');
    expect(await prepareSchema(engine)).toEqual({ ok: true, value: { added: ['country'] } });
    const described = await client.query({
      query: `SELECT name FROM system.columns WHERE database = '${database}' AND table = 'events' ORDER BY position`,
      format: 'JSONEachRow',
    });
    expect((await described.json<{ name: string }>()).map((row) => row.name)).toEqual(rowColumns);
    const kept = await client.query({
      query: `SELECT position, country FROM ${eventsTable}`,
      format: 'JSONEachRow',
    });
    expect(await kept.json()).toEqual([{ position: 7, country: '' }]);
  });

  test('is refused with the reason when a column has another type', async () => {
    await change('MODIFY COLUMN error LowCardinality(String)');
    expect(await reason()).toBe('its column error is LowCardinality(String), wanted is String');
  });

  test('is refused with the reason when it has a column that nobody knows', async () => {
    await change('ADD COLUMN surplus String');
    expect(await reason()).toBe('its column surplus is not known to this program');
  });

  test('is refused with the reason when an index is missing', async () => {
    await change('DROP INDEX byId');
    expect(await reason()).toMatch(/^it has no index byId/);
  });

  test('is refused unharmed when a newer program made it', async () => {
    await client.command({ query: `INSERT INTO ${database}.version (version) VALUES (2)` });
    await change('DROP COLUMN country');
    expect(await reason()).toBe('it has version 2 and this program knows 1: start the newer program again');
    const described = await client.query({ query: `DESCRIBE ${eventsTable}`, format: 'TabSeparated' });
    expect(await described.text()).not.toContain('country');
  });
});
