import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Event } from '../core/event.ts';
import type { JournalEntry } from '../core/journal.ts';
import type { Log } from '../core/ports.ts';
import { encodeRow } from '../core/row.fixture.ts';
import type { DeliveryCursor } from '../delivery/consumer.ts';
import { type DeadLetters, openDeadLetters } from '../delivery/dead-letters.ts';
import { type RunningDelivery, startDelivery } from '../delivery/deliver.ts';
import { openCursor } from '../journal/cursor.ts';
import { nodeFiles } from '../journal/files.ts';
import { type OpenJournal, openJournal } from '../journal/journal.ts';
import { textRows } from '../journal/rows.fixture.ts';
import { Absences } from './absences.ts';
import { openStoreClient, type StoreClient } from './engine/client.ts';
import { type Engine, startEngine } from './engine/engine.ts';
import { database, eventsTable, prepareSchema } from './schema.ts';
import { createWriter, type Writer } from './write.ts';

const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const clock = () => Date.now() * 1000;
const start = Date.UTC(2026, 10, 20, 12) * 1000;

let folder: string;
let engine: Engine;
let client: StoreClient;
let journal: OpenJournal;
let home: string;
const running: RunningDelivery[] = [];
const letterFiles: DeadLetters[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'write-'));
  engine = await startEngine({ folder: join(folder, 'store'), log: silent, clock });
  expect(await prepareSchema(engine)).toMatchObject({ ok: true });
  client = openStoreClient(engine);
});
afterAll(async () => {
  await client?.close();
  await engine?.stop();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  home = await mkdtemp(join(folder, 'journal-'));
  journal = await openJournal({ folder: home, clock, log: silent, disk: { headroom: 0 } });
  await client.command({ query: `TRUNCATE TABLE ${eventsTable}` });
});
afterEach(async () => {
  for (const delivery of running.splice(0)) await delivery.stop();
  for (const letters of letterFiles.splice(0)) await letters.close();
  await journal.close();
});

async function openLetters(): Promise<DeadLetters> {
  const letters = await openDeadLetters(home, 'store');
  letterFiles.push(letters);
  return letters;
}

const event = (id: string, more: Partial<Event> = {}): Event => ({
  id,
  weight: 1,
  tenant: 'default',
  time: start,
  received: start,
  vocabulary: 'otoroshi',
  type: 'GatewayEvent',
  family: 'traffic',
  severity: 'info',
  outcome: 'success',
  service: 'orders',
  retention: 'default',
  raw: `{"id":"${id}","text":"tab\\t and line\\n"}`,
  ...more,
});

const entry = (events: readonly Event[], rows = events.map(encodeRow)): JournalEntry => ({
  tenant: 'default',
  receiver: 'http',
  received: start,
  rows: textRows(
    rows,
    events.map(({ retention }) => retention),
  ),
  times: events.map(({ time }) => time),
  idHashes: events.map((_, index) => BigInt(index)),
  contentHashes: events.map(() => 0),
  counts: { received: events.length, duplicates: 0, quarantined: 0, replayed: 0 },
});

interface Started {
  readonly writer: Writer;
  readonly delivery: RunningDelivery;
}

async function write(
  options: { forgottenTo?: number; cursor?: (cursor: DeliveryCursor) => DeliveryCursor } = {},
): Promise<Started> {
  const writer = createWriter({
    client,
    forgottenTo: () => options.forgottenTo ?? 0,
    newId: randomUUID,
    absences: new Absences(await openCursor(home, 'store-absences', nodeFiles)),
    log: silent,
  });
  const cursor = await openCursor(home, 'store', nodeFiles);
  const delivery = startDelivery({
    consumer: writer,
    journal,
    cursor: options.cursor?.(cursor) ?? cursor,
    deadLetters: await openLetters(),
    bite: { events: 20_000, bytes: 24 * 1024 * 1024, wait: 20 },
    clock,
    log: silent,
  });
  running.push(delivery);
  return { writer, delivery };
}

const allDelivered = async (delivery: RunningDelivery): Promise<void> => {
  while (delivery.status.pending > 0) await sleep(10);
};

const ask = async <T>(query: string): Promise<T[]> =>
  (await client.query({ query, format: 'JSONEachRow' })).json<T>();

const stored = async (): Promise<{ rows: number; different: number }> =>
  (
    await ask<{ rows: number; different: number }>(
      `SELECT count() AS rows, uniqExact(position) AS different FROM ${eventsTable}`,
    )
  )[0] as { rows: number; different: number };

describe('the writer', () => {
  test('stores each row with its place, and the count comes out even', async () => {
    const { delivery } = await write();
    await journal.append(entry([event('a'), event('b')]));
    await journal.append(entry([event('c', { consumer: 'it’s "quoted"', attributes: { 'k\t': "v'\n" } })]));
    await allDelivered(delivery);
    expect(
      await ask(
        `SELECT position, batch, id, consumer, attributes, raw FROM ${eventsTable} ORDER BY position`,
      ),
    ).toEqual([
      { position: 0, batch: 0, id: 'a', consumer: '', attributes: {}, raw: event('a').raw },
      { position: 1, batch: 0, id: 'b', consumer: '', attributes: {}, raw: event('b').raw },
      {
        position: 2,
        batch: 2,
        id: 'c',
        consumer: 'it’s "quoted"',
        attributes: { 'k\t': "v'\n" },
        raw: event('c').raw,
      },
    ]);
    expect(delivery.status).toMatchObject({
      position: 3,
      delivered: 3,
      pending: 0,
      deadLettered: 0,
      expired: 0,
      recovered: true,
      state: 'running',
    });
  });

  test('stores 1 000 events over 400 days that came in one body', async () => {
    const { delivery } = await write();
    const events = Array.from({ length: 1_000 }, (_, index) =>
      event(`e${index}`, { time: start - Math.floor(index * 0.4) * 86_400e6 }),
    );
    await journal.append(entry(events));
    await allDelivered(delivery);
    expect(await stored()).toEqual({ rows: 1_000, different: 1_000 });
    expect(await ask(`SELECT uniqExact(toDate(time)) AS days FROM ${eventsTable}`)).toEqual([{ days: 400 }]);
  }, 180_000);

  test('stores events of two retention classes and two days that came in one body', async () => {
    const { delivery } = await write();
    const events = Array.from({ length: 100 }, (_, index) =>
      event(`e${index}`, {
        retention: index % 2 === 0 ? 'default' : 'audit',
        time: start - (index % 4 < 2 ? 0 : 86_400e6),
      }),
    );
    await journal.append(entry(events));
    await allDelivered(delivery);
    expect(await stored()).toEqual({ rows: 100, different: 100 });
    expect(
      await ask(
        `SELECT retention, count() AS n FROM ${eventsTable} GROUP BY retention, toDate(time) ORDER BY retention`,
      ),
    ).toEqual([
      { retention: 'audit', n: 25 },
      { retention: 'audit', n: 25 },
      { retention: 'default', n: 25 },
      { retention: 'default', n: 25 },
    ]);
    expect(delivery.status).toMatchObject({ delivered: 100, deadLettered: 0 });
  });

  test('makes one part of one insert, however large its rows', async () => {
    await client.command({ query: `SYSTEM STOP MERGES ${eventsTable}` });
    const { delivery } = await write();
    const raw = 'x'.repeat(20_000);
    await journal.append(entry(Array.from({ length: 1_100 }, (_, index) => event(`e${index}`, { raw }))));
    await allDelivered(delivery);
    expect(
      await ask(
        `SELECT count() AS parts, sum(rows) AS n FROM system.parts WHERE database = '${database}' AND table = 'events' AND active`,
      ),
    ).toEqual([{ parts: 1, n: 1_100 }]);
    await client.command({ query: `SYSTEM START MERGES ${eventsTable}` });
  });

  test('refuses the rows that the engine cannot read, keeps them, and stores their neighbours', async () => {
    const { delivery } = await write();
    const events = Array.from({ length: 200 }, (_, index) => event(`e${index}`));
    const rows = events.map(encodeRow);
    rows[7] = (rows[7] as string).replace('\t1\t', '\tone\t');
    rows[150] = 'no row at all';
    await journal.append(entry(events, rows));
    await allDelivered(delivery);
    expect(await stored()).toEqual({ rows: 198, different: 198 });
    expect(delivery.status).toMatchObject({ delivered: 198, deadLettered: 2, state: 'running' });
    const letters = await (await openLetters()).list('default', 10);
    expect(letters.map(({ position }) => position)).toEqual([7, 150]);
    expect(letters[1]?.row).toBe('150\t0\tno row at all');
    expect(letters[0]?.reason).toContain('Cannot parse');
  });

  test('finds late duplicates in the store, beyond what the duplicate index knows', async () => {
    const { writer, delivery } = await write({ forgottenTo: start + 1 });
    const events = Array.from({ length: 500 }, (_, index) =>
      event(`id '${index}'\t\\`, { time: start - (index % 3) * 86_400e6 - index }),
    );
    await journal.append(entry(events));
    await allDelivered(delivery);
    expect(writer.lateDuplicates).toBe(0);
    const other = events.map((each) => ({ ...each, tenant: 'other' }));
    await journal.append(entry([...events, event('fresh')]));
    await journal.append({ ...entry(other), tenant: 'other' });
    await allDelivered(delivery);
    expect(writer.lateDuplicates).toBe(500);
    expect(await stored()).toEqual({ rows: 1_001, different: 1_001 });
  });
});

describe('a crash', () => {
  test('of the server between insert and cursor leaves each row once', async () => {
    await journal.append(entry(Array.from({ length: 300 }, (_, index) => event(`e${index}`))));
    const crashed = await write({
      cursor: (cursor) => ({
        get position() {
          return cursor.position;
        },
        get note() {
          return cursor.note;
        },
        // The range is noted; that it was delivered is not.
        save: async (position, note) => {
          if (note.begun === undefined) throw new Error('power is out');
          await cursor.save(position, note);
        },
      }),
    });
    while ((await stored()).rows < 300) await sleep(10);
    await crashed.delivery.stop();
    await journal.append(entry([event('later')]));
    const again = await write();
    expect(again.delivery.status.recovered).toBe(false);
    await allDelivered(again.delivery);
    expect(again.delivery.status.recovered).toBe(true);
    expect(await stored()).toEqual({ rows: 301, different: 301 });
    expect(again.delivery.status).toMatchObject({ position: 301, delivered: 301 });
  });

  test('of the engine, twenty times while 50 000 rows are written, leaves each row once', async () => {
    const { delivery } = await write();
    const total = 50_000;
    let kills = 0;
    const producer = (async () => {
      const size = 250;
      for (let sent = 0; sent < total; sent += size) {
        const events = Array.from({ length: size }, (_, index) =>
          event(`e${sent + index}`, { time: start - ((sent + index) % 3) * 86_400e6 }),
        );
        await journal.append(entry(events));
        while (kills < Math.floor((sent / total) * 20)) await sleep(5);
      }
    })();
    while (kills < 20) {
      await sleep(Math.random() * 300);
      const { pid } = engine;
      if (pid === undefined || !(await engine.ready())) continue;
      process.kill(pid, 'SIGKILL');
      kills += 1;
    }
    await producer;
    await allDelivered(delivery);
    expect(await stored()).toEqual({ rows: total, different: total });
    expect(delivery.status).toMatchObject({ delivered: total, deadLettered: 0 });
  }, 240_000);
});
