/**
 * fsync is proved, not assumed: on a disk that forgets what was not fsynced every promise of the journal holds
 * whatever the moment of the crash, and with any one fsync left out some crash breaks one.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JournalEntry } from '../core/journal.ts';
import { type Cursor, openCursor } from './cursor.ts';
import { type FsyncSite, fsyncSites } from './files.ts';
import { ForgettingDisk, type Plan, randomFrom } from './forgetting-disk.ts';
import { type OpenJournal, openJournal } from './journal.ts';
import { textRows } from './rows.fixture.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const folder = '/data';
const pause = () => new Promise<void>((resolve) => setImmediate(resolve));

/** What the outside was told. */
interface Promises {
  /** By the key of the entry: where it was acknowledged to be. */
  readonly acknowledged: Map<string, number>;
  readonly rejected: Set<string>;
  /** All that was ever handed in, acknowledged or not: key and number of rows. */
  readonly sent: Map<string, number>;
  cursor: number;
  /** Received records acknowledged. */
  received: number;
}

const noPromises = (): Promises => ({
  acknowledged: new Map(),
  rejected: new Set(),
  sent: new Map(),
  cursor: 0,
  received: 0,
});

const entryOf = (key: string, rows: number, size: number): JournalEntry => ({
  tenant: 'default',
  receiver: 'test',
  received: 1,
  rows: textRows(Array.from({ length: rows }, (_, index) => `${key}/${index}/${rows} ${'x'.repeat(size)}`)),
  times: Array.from({ length: rows }, () => 1),
  idHashes: Array.from({ length: rows }, () => 1n),
  contentHashes: Array.from({ length: rows }, () => 1),
  counts: { received: rows, duplicates: 0, quarantined: 0, replayed: 0 },
  source: { key: `source ${key}`, position: key },
});

const open = async (disk: ForgettingDisk): Promise<{ journal: OpenJournal; cursor: Cursor }> => {
  const journal = await openJournal({
    folder,
    files: disk,
    clock: () => 5,
    log: quiet,
    segmentBytes: 1800,
    disk: { headroom: 0, low: 0, full: 0, fullBytes: 0 },
    retention: { age: -1 },
    diskEvery: 0,
    pause,
  });
  return { journal, cursor: await openCursor(folder, 'store', disk) };
};

/**
 * Resolves when the disk has had nothing to do for a while: who still waits then, waits for ever. Entries here are too
 * small to be compressed, which would happen elsewhere.
 */
async function idle(disk: ForgettingDisk): Promise<void> {
  for (let turns = 0, seen = -1; turns < 20; turns++) {
    if (disk.operations !== seen) turns = 0;
    seen = disk.operations;
    await new Promise(setImmediate);
  }
}

/** The keys of the entries in the journal in order, after checking that each is whole, once and in its place. */
async function entriesOf(journal: OpenJournal, disk: ForgettingDisk): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  const enough = new AbortController();
  if (journal.end === journal.oldest) return found;
  let expected = journal.oldest;
  void idle(disk).then(() => enough.abort());
  for await (const batch of journal.subscribe({ allTenants: true }, 0, enough.signal)) {
    const rows = batch.text.toString().trimEnd().split('\n');
    const [position, first, row] = rows[0]?.split('\t') ?? [];
    const [key, index, count] = row?.split(' ')[0]?.split('/') ?? [];
    if (key === undefined || found.has(key)) throw new Error(`${key} is there twice`);
    if (index !== '0' || Number(count) !== rows.length) throw new Error(`${key} is there in part`);
    if (Number(position) !== batch.first || Number(first) !== batch.first || batch.first !== expected)
      throw new Error(`${key} is not in its place`);
    expected = batch.first + batch.count;
    found.set(key, batch.first);
    if (expected === journal.end) break;
  }
  return found;
}

/** What is broken of what was promised; `undefined` when nothing is. */
async function broken(disk: ForgettingDisk, told: Promises): Promise<string | undefined> {
  try {
    const { journal, cursor } = await open(disk);
    const found = await entriesOf(journal, disk);
    for (const [key, first] of told.acknowledged) {
      if (first >= journal.oldest && found.get(key) !== first) return `${key} is lost`;
      if (journal.sourcePosition(`source ${key}`) !== key) return `the progress of ${key} is lost`;
    }
    for (const key of told.rejected) if (found.has(key)) return `${key} was rejected and is there`;
    for (const key of found.keys()) if (!told.sent.has(key)) return `${key} was never sent`;
    if (journal.stats().damage.stretches > 0) return 'damage is reported where there is none';
    const received = journal.totals().get('default')?.received ?? 0;
    if (received < told.received)
      return `${told.received - received} received records are not counted any more`;
    if (cursor.position < told.cursor) return 'the cursor went back';
    await journal.close();
    return undefined;
  } catch (error) {
    return String(error);
  }
}

/** Sends entries at the journal's door as several senders would, with a consumer and its retention beside it. */
async function work(disk: ForgettingDisk, random: () => number, told: Promises, name: string): Promise<void> {
  const { journal, cursor } = await open(disk);
  told.cursor = Math.max(told.cursor, cursor.position);
  // What a reopened journal shows, others build upon: a duplicate of it is answered "yes".
  for (const [key, first] of await entriesOf(journal, disk)) {
    told.acknowledged.set(key, first);
    told.rejected.delete(key);
  }
  const send = async (key: string) => {
    const rows = 1 + Math.floor(random() * 3);
    told.sent.set(key, rows);
    try {
      const { first } = await journal.append(entryOf(key, rows, Math.floor(random() * 100)));
      told.acknowledged.set(key, first);
      told.received += rows;
    } catch {
      told.rejected.add(key);
    }
  };
  for (let round = 0; round < 4; round++) {
    const senders = 1 + Math.floor(random() * 4);
    await Promise.all(Array.from({ length: senders }, (_, sender) => send(`${name}-${round}-${sender}`)));
    const { end } = journal;
    if (random() < 0.4) {
      await cursor.save(end);
      told.cursor = end;
    }
    if (random() < 0.3) await journal.retain({ storedTo: end });
  }
}

/** One life after another on one disk, each ending in a crash, a kill or a full disk; then everything is checked. */
async function lives(seed: number, without?: FsyncSite): Promise<string | undefined> {
  const random = randomFrom(seed);
  const told = noPromises();
  let disk = new ForgettingDisk(random);
  const count = 1 + Math.floor(random() * 4);
  for (let life = 0; life < count; life++) {
    const plan: Plan = {
      stopAt: Math.floor(random() * random() * 120),
      ...(without === undefined ? {} : { without }),
      ...faults(random),
    };
    disk = random() < 0.6 ? disk.kill(plan) : disk.crash(plan);
    const ended = work(disk, random, told, `${life}`).catch(() => undefined);
    await Promise.race([disk.stopped, ended]);
    const problem = await broken(disk.crash({}), told);
    if (problem !== undefined) return `seed ${seed}, life ${life}: ${problem}`;
  }
  return undefined;
}

/** A disk that fails now and then, fills up, or writes short. */
function faults(random: () => number): Partial<Plan> {
  const kind = random();
  if (kind < 0.3) return {};
  if (kind < 0.5) return { capacity: 1500 + Math.floor(random() * 4000) };
  const rate = random() * 0.2;
  return {
    fault(operation) {
      if (random() > rate) return undefined;
      if (operation === 'write') return random() < 0.5 ? 'short' : 'EIO';
      return operation === 'sync' && random() < 0.5 ? 'EIO' : undefined;
    },
  };
}

describe('on a disk that forgets what was not fsynced', () => {
  test('every acknowledged entry survives every crash, once, whole and in its place', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 2 ** 31 }), async (seed) => {
        expect(await lives(seed)).toBeUndefined();
      }),
      { numRuns: 400 },
    );
  });

  test.each(fsyncSites)(
    'without the fsync of "%s" some crash breaks a promise that it keeps',
    async (site) => {
      let seed = 0;
      let problem = await lives(seed, site);
      while (problem === undefined && seed < 5000) problem = await lives(++seed, site);
      expect(problem).toBeDefined();
      expect(await lives(seed)).toBeUndefined();
    },
    300_000,
  );
});
