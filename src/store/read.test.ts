/** The reader against the real engine. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Event } from '../core/event.ts';
import type { Log } from '../core/ports.ts';
import { encodeRow } from '../core/row.ts';
import { createFields } from '../query/fields.ts';
import { caseEvents, declaredForCases, meanings } from '../query/meaning.cases.ts';
import { openStoreClient, type StoreClient } from './engine/client.ts';
import { type Engine, startEngine } from './engine/engine.ts';
import { createReader, type Reader } from './read.ts';
import { eventsTable, prepareSchema } from './schema.ts';

const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const start = Date.UTC(2026, 2, 28) * 1000;
const now = start + 4 * 86_400e6;
const whole = { unmasked: true };
const masked = { unmasked: false };

let folder: string;
let engine: Engine;
let client: StoreClient;
let reader: Reader;
let end = 0;

const blank: Event = {
  id: '',
  weight: 1,
  tenant: 'default',
  time: start,
  received: start,
  vocabulary: 'otoroshi',
  type: 'GatewayEvent',
  family: 'traffic',
  severity: 'info',
  outcome: 'success',
  retention: 'default',
  raw: '{}',
};

async function store(events: readonly Partial<Event>[]): Promise<void> {
  const rows = events.map((event, index) => {
    const position = end + index;
    return `${position}\t${end}\t${encodeRow({ ...blank, id: `e${position}`, ...event })}\n`;
  });
  end += events.length;
  await client.command({ query: `INSERT INTO ${eventsTable} FORMAT TabSeparated\n${rows.join('')}` });
}

const value = <T>(result: { ok: true; value: T } | { ok: false; error: unknown }): T => {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'read-'));
  engine = await startEngine({ folder, log: silent, clock: () => Date.now() * 1000 });
  client = openStoreClient(engine);
  value(await prepareSchema(engine));
  reader = createReader({
    client,
    clock: () => now,
    fields: createFields(declaredForCases),
    journalEnd: () => end,
    maskSecret: 'secret',
  });
});

afterAll(async () => {
  await client?.close();
  await engine?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('a filter in the store', () => {
  const from = '2026-03-28T00:00:00Z';
  const to = '2026-03-29T00:00:00Z';
  beforeAll(() =>
    store(Object.entries(caseEvents).map(([id, event]) => ({ ...event, id, tenant: 'cases' }))),
  );

  it.each(meanings)('%s keeps what the table says', async (filter, names) => {
    const page = value(await reader.events('cases', { filter, from, to, order: 'oldest' }, whole));
    expect(page.events.map((event) => event.id)).toEqual(names);
  });

  it('masks alike in the engine and in memory', async () => {
    const page = value(await reader.events('cases', { from, to, order: 'oldest' }, masked));
    for (const by of ['clientIp', 'consumer']) {
      const frame = value(await reader.query('cases', { from, to, measures: ['count'], by: [by] }, masked));
      const shown = [...new Set(page.events.map((event) => event[by] ?? null))];
      expect(new Set(frame.rows.map(([label]) => label))).toEqual(new Set(shown));
    }
    expect(page.events[0]?.clientIp).toBe('203.0.113.x');
    expect(page.events[1]?.clientIp).toBe('2001:0db8:0000::x');
    expect(page.events[0]?.consumer).toMatch(/^mob…[0-9a-f]{6}$/);
  });
});
