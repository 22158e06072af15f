/** A real engine and a real journal, filled as the server fills it, then damaged while both are stopped. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Event } from '../core/event.ts';
import type { JournalEntry } from '../core/journal.ts';
import type { Log } from '../core/ports.ts';
import { encodeRow } from '../core/row.fixture.ts';
import type { RowCounts } from '../core/row-counts.ts';
import type { TenantFigures } from '../delivery/account.ts';
import { openDeadLetters } from '../delivery/dead-letters.ts';
import { openCursor } from '../journal/cursor.ts';
import { nodeFiles } from '../journal/files.ts';
import { type JournalOptions, type OpenJournal, openJournal } from '../journal/journal.ts';
import { textRows } from '../journal/rows.fixture.ts';
import { unknownTenant } from '../journal/tally.ts';
import { Absences } from './absences.ts';
import type { StoreClient } from './engine/client.ts';
import { type Filling, startFilling } from './fill.ts';
import { forgetTenant } from './forget.ts';
import { eventsTable } from './schema.ts';
import { openStore } from './store.ts';
import { takenTo } from './taken.ts';
import { createWriter } from './write.ts';

const clock = () => Date.now() * 1000;
const start = Date.UTC(2026, 10, 20, 12) * 1000;
const day = 86_400e6;

interface Running {
  readonly journal: OpenJournal;
  readonly filling: Filling;
  readonly client: StoreClient;
  readonly said: string[];
  readonly lost: RowCounts[];
  readonly absences: Absences;
  stop(): Promise<void>;
}

let folder: string;
const stops: (() => Promise<void>)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reconcile-'));
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
  await rm(folder, { recursive: true, force: true });
});

/** As the server starts them. */
async function run(options: Partial<JournalOptions> = {}): Promise<Running> {
  const said: string[] = [];
  const log: Log = { debug() {}, info() {}, warn() {}, error: (text) => said.push(text) };
  const opening = openStore({ engine: { memory: 900 << 20, port: 0 }, data: folder, clock, log });
  const cursor = await openCursor(folder, 'store', nodeFiles);
  const journal = await openJournal({
    folder,
    clock,
    log,
    disk: { headroom: 0 },
    diskEvery: 0,
    takenTo: takenTo(opening, cursor, log),
    ...options,
  });
  const store = await opening;
  const absences = new Absences(await openCursor(folder, 'store-absences', nodeFiles));
  const consumer = createWriter({
    client: store.client,
    forgottenTo: () => 0,
    newId: randomUUID,
    absences,
    log,
  });
  const deadLetters = await openDeadLetters(folder, 'store');
  const lost: RowCounts[] = [];
  const onLost = (rows: RowCounts): void => void lost.push(rows);
  const filling = startFilling({
    store,
    consumer,
    journal,
    cursor,
    absences,
    deadLetters,
    clock,
    log,
    onLost,
  });
  let stopped = false;
  const stop = async (): Promise<void> => {
    if (stopped) return;
    stopped = true;
    await filling.stop();
    await deadLetters.close();
    await journal.close();
    await store.close();
  };
  stops.push(stop);
  return { journal, filling, client: store.client, said, lost, absences, stop };
}

const event = (id: string, more: Partial<Event> = {}): Event => ({
  id,
  weight: 1,
  tenant: 'acme',
  time: start,
  received: start,
  vocabulary: 'generic',
  type: 'Event',
  family: 'traffic',
  severity: 'info',
  outcome: 'success',
  retention: 'default',
  raw: '{}',
  ...more,
});

let ids = 0;
/** `count` events of two days. */
function entry(count: number, tenant = 'acme'): JournalEntry {
  const events = Array.from({ length: count }, (_, index) =>
    event(`e${ids++}`, { tenant, time: start - (index % 2) * day }),
  );
  return {
    tenant,
    receiver: 'http',
    received: start,
    rows: textRows(events.map(encodeRow)),
    times: events.map(({ time }) => time),
    idHashes: events.map((_, index) => BigInt(index)),
    contentHashes: events.map(() => 0),
    counts: { received: count, duplicates: 0, quarantined: 0, replayed: 0 },
  };
}

/** Resolves when all is delivered and the sums were compared. */
async function settled({ filling }: Running): Promise<void> {
  while (!filling.status.recovered || filling.status.pending > 0 || filling.compared === undefined) {
    if (filling.status.reason !== undefined && filling.status.state === 'failing') await sleep(50);
    await sleep(10);
  }
}

interface Count {
  readonly rows: number;
  readonly different: number;
}
async function count({ client }: Running): Promise<Count> {
  const answer = await client.query({
    query: `SELECT count() AS rows, uniqExact(id) AS different FROM ${eventsTable}`,
    format: 'JSONEachRow',
  });
  return (await answer.json<Count>())[0] as Count;
}

const figures = ({ filling }: Running): readonly TenantFigures[] =>
  [...filling.status.tenants].sort((a, b) => a.tenant.localeCompare(b.tenant));

/** 20 batches of two tenants: 1 000 events of acme and 600 of other, all stored; then stopped. */
async function filled(options: Partial<JournalOptions> = {}): Promise<void> {
  const running = await run(options);
  for (let batch = 0; batch < 20; batch++) {
    await running.journal.append(entry(50));
    await running.journal.append(entry(30, 'other'));
  }
  await settled(running);
  expect(await count(running)).toEqual({ rows: 1_600, different: 1_600 });
  await running.stop();
}

const whole = [
  expect.objectContaining({ tenant: 'acme', journalled: 1_000, delivered: 1_000, lost: 0, balanced: true }),
  expect.objectContaining({ tenant: 'other', journalled: 600, delivered: 600, lost: 0, balanced: true }),
];

async function parts(): Promise<string[]> {
  const found: string[] = [];
  for (const name of await readdir(join(folder, 'store', 'store'), { recursive: true }))
    if (/\/\d{8,}[-_\w]*_\d+_\d+_\d+$|\/[0-9a-f]{32}_\d+_\d+_\d+$/.test(name))
      found.push(join(folder, 'store', 'store', name));
  return found;
}

const removeStore = () => rm(join(folder, 'store'), { recursive: true });
const cursorFile = () => join(folder, 'cursors', 'store.json');
const segments = async (): Promise<string[]> =>
  (await readdir(join(folder, 'journal'))).filter((name) => name.endsWith('.segment')).sort();

describe('a store that is started again', () => {
  test('over a clean stop has the same figures', async () => {
    await filled();
    const again = await run();
    await settled(again);
    expect(figures(again)).toEqual(whole);
    expect(again.said).toEqual([]);
    expect(await count(again)).toEqual({ rows: 1_600, different: 1_600 });
  });

  test.each([
    ['emptied', () => truncate(cursorFile())],
    ['filled with garbage', () => writeFile(cursorFile(), 'x'.repeat(100))],
    ['deleted', () => rm(cursorFile())],
    ['set back', () => writeFile(cursorFile(), '{"position":7}')],
  ])('with its cursor %s stores nothing a second time', async (_, damage) => {
    await filled();
    await damage();
    const again = await run();
    await settled(again);
    expect(figures(again)).toEqual(whole);
    expect(await count(again)).toEqual({ rows: 1_600, different: 1_600 });
  });

  test('from an empty folder is filled again from the journal', async () => {
    await filled();
    await removeStore();
    const again = await run();
    await settled(again);
    expect(figures(again)).toEqual(whole);
    expect(again.said).toContain(
      'The store lacks events that it had; they are written again from the journal.',
    );
    expect(await count(again)).toEqual({ rows: 1_600, different: 1_600 });
  });

  test('without one of its parts gets back what that held', async () => {
    await filled();
    const [part] = await parts();
    await rm(part as string, { recursive: true });
    const again = await run();
    await settled(again);
    expect(figures(again)).toEqual(whole);
    expect(await count(again)).toEqual({ rows: 1_600, different: 1_600 });
  });

  test('with a torn part gets back what that held', async () => {
    await filled();
    const [part] = await parts();
    await truncate(join(part as string, 'data.bin'), 100);
    const again = await run();
    await settled(again);
    expect(figures(again)).toEqual(whole);
    expect(await count(again)).toEqual({ rows: 1_600, different: 1_600 });
  });

  test('counts what is in neither store nor journal as lost, by tenant and day, once', async () => {
    const age = { retention: { age: 0 }, segmentBytes: 10_000 };
    await filled(age);
    const dropping = await run(age);
    await settled(dropping);
    await dropping.journal.retain({ storedTo: 1_600 });
    const kept = 1_600 - dropping.journal.oldest;
    expect(kept).toBeLessThan(800);
    await dropping.stop();
    await removeStore();
    for (let starts = 0; starts < 2; starts++) {
      const again = await run(age);
      await settled(again);
      expect(await count(again)).toEqual({ rows: kept, different: kept });
      const all = figures(again);
      expect(all.map(({ tenant, journalled, balanced }) => [tenant, journalled, balanced])).toEqual([
        ['acme', 1_000, true],
        ['other', 600, true],
      ]);
      expect(all.reduce((sum, { lost }) => sum + lost, 0)).toBe(1_600 - kept);
      expect(again.filling.lost.total).toBe(1_600 - kept);
      expect(again.lost.map(({ total }) => total)).toEqual(starts === 0 ? [1_600 - kept] : []);
      expect(new Set([...again.filling.lost].map((group) => group.day)).size).toBe(2);
      await again.stop();
    }
  });

  test('does not write again what was forgotten', async () => {
    await filled();
    const forgetting = await run();
    await settled(forgetting);
    const { client, journal, absences, filling } = forgetting;
    const end = journal.end;
    const removing = { client, journal, absences, storedTo: () => end, journalEnd: () => end };
    expect(await filling.exclusively(() => forgetTenant(removing, 'other'))).toBe(600);
    await forgetting.stop();
    await rm(cursorFile());
    const [part] = await parts();
    await rm(part as string, { recursive: true });
    const again = await run();
    await settled(again);
    expect(await count(again)).toEqual({ rows: 1_000, different: 1_000 });
    expect(again.filling.lost.total).toBe(0);
    expect(again.filling.compared?.surplus.total).toBe(0);
    await again.journal.append(entry(5, 'other'));
    await settled(again);
    expect(await count(again)).toEqual({ rows: 1_005, different: 1_005 });
  });

  test('finishes a removal that a crash cut short', async () => {
    await filled();
    const path = join(folder, 'cursors', 'store-absences.json');
    const absent = [
      ['other', 'default', Math.floor(start / day), 300],
      ['other', 'default', Math.floor(start / day) - 1, 300],
    ];
    const removals = [{ tenant: 'other', before: 1_600, done: false }];
    await writeFile(
      path,
      JSON.stringify({ position: 0, note: { absent, lost: [], blocks: [[0, 600]], removals } }),
    );
    const again = await run();
    await settled(again);
    expect(await count(again)).toEqual({ rows: 1_000, different: 1_000 });
    expect(again.filling.compared?.surplus.total).toBe(0);
    expect(again.absences.unfinished).toEqual([]);
  });
});

describe('a journal that lacks what the store has', () => {
  test('because its last batch is damaged goes on behind it, and nothing is counted twice', async () => {
    await filled();
    const name = join(folder, 'journal', (await segments()).at(-1) as string);
    const bytes = await readFile(name);
    bytes[bytes.length - 10] = (bytes[bytes.length - 10] as number) ^ 4;
    await writeFile(name, bytes);
    const again = await run();
    await settled(again);
    expect(figures(again)).toEqual(whole);
    expect(await again.journal.append(entry(1))).toEqual({ first: 1_600 });
    await settled(again);
    expect(await count(again)).toEqual({ rows: 1_601, different: 1_601 });
    expect(again.filling.lost.total).toBe(0);
  });

  test.each([
    ['in the middle', 1],
    ['at the beginning', 0],
    ['at the end', -1],
  ])('because a segment %s is gone knows from the store whose they were', async (_, index) => {
    await filled({ segmentBytes: 5_000 });
    const names = await segments();
    expect(names.length).toBeGreaterThan(3);
    const gone = names.at(index) as string;
    for (const name of [gone, gone.replace('.segment', '.ids'), 'gaps.json'])
      await rm(join(folder, 'journal', name), { force: true });
    for (let starts = 0; starts < 2; starts++) {
      const again = await run();
      await settled(again);
      expect(figures(again)).toEqual(whole);
      expect(again.filling.lost.total).toBe(0);
      expect(again.journal.totals().get('acme')).toMatchObject({ received: 1_000, journalled: 1_000 });
      await again.stop();
    }
  });

  test('because it is gone altogether takes its totals from the store', async () => {
    await filled();
    await rm(join(folder, 'journal'), { recursive: true });
    const again = await run();
    await settled(again);
    expect(figures(again)).toEqual(whole);
    expect(await again.journal.append(entry(1))).toEqual({ first: 1_600 });
  });

  test('counts as lost what the store has not either', async () => {
    await filled({ segmentBytes: 5_000 });
    const gone = (await segments())[1] as string;
    for (const name of [gone, gone.replace('.segment', '.ids'), 'gaps.json'])
      await rm(join(folder, 'journal', name), { force: true });
    await removeStore();
    const again = await run();
    await settled(again);
    const held = await count(again);
    expect(held.rows).toBe(held.different);
    expect(again.filling.lost.total).toBe(1_600 - held.rows);
    expect(again.filling.lost.ofTenant(unknownTenant)).toBe(1_600 - held.rows);
    expect(figures(again).filter(({ balanced }) => !balanced)).toEqual([]);
    expect(again.lost.map(({ total }) => total)).toEqual([1_600 - held.rows]);
  });
});

test('rows that the journal counts and cannot be read are lost once, and are not asked for again', async () => {
  await filled({ segmentBytes: 20_000 });
  const name = join(folder, 'journal', (await segments())[0] as string);
  const bytes = await readFile(name);
  bytes.fill(0x58, 3_000, 3_004);
  await writeFile(name, bytes);
  await removeStore();
  for (let starts = 0; starts < 2; starts++) {
    const again = await run();
    await settled(again);
    const { rows, different } = await count(again);
    const gone = 1_600 - rows;
    expect(gone).toBeGreaterThan(0);
    expect(different).toBe(rows);
    expect(again.filling.lost.total).toBe(gone);
    const all = figures(again);
    const sum = (figure: 'lost' | 'expired' | 'delivered'): number =>
      all.reduce((total, figures) => total + figures[figure], 0);
    expect([sum('lost'), sum('expired'), sum('delivered')]).toEqual([gone, 0, rows]);
    expect(all.every(({ balanced }) => balanced)).toBe(true);
    const written = 'The store lacks events that it had; they are written again from the journal.';
    expect(again.said.includes(written)).toBe(starts === 0);
    await again.stop();
  }
  // What is known to be lost is not lost once more when the journal is gone too.
  const { lost } = await run();
  expect(lost).toEqual([]);
  await stops.pop()?.();
  await rm(join(folder, 'journal'), { recursive: true });
  const last = await run();
  await settled(last);
  const gone = 1_600 - (await count(last)).rows;
  expect(last.filling.lost.total).toBe(gone);
  expect(last.filling.compared?.surplus.total).toBe(0);
  expect(last.lost).toEqual([]);
  expect(figures(last).filter(({ balanced }) => !balanced)).toEqual([]);
});

test('a part that vanishes under a running server is found by the next check and written again', async () => {
  const running = await run();
  await running.journal.append(entry(200));
  await settled(running);
  await running.client.command({
    query: `ALTER TABLE ${eventsTable} DELETE WHERE position < 50`,
    clickhouse_settings: { mutations_sync: '2' },
  });
  await running.filling.check();
  await settled(running);
  while ((await count(running)).rows < 200) await sleep(20);
  expect(await count(running)).toEqual({ rows: 200, different: 200 });
  expect(running.filling.lost.total).toBe(0);
});
