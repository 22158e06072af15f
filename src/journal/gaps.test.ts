import { describe, expect, test } from 'vitest';
import type { JournalEntry } from '../core/journal.ts';
import { RowCounts } from '../core/row-counts.ts';
import { ForgettingDisk, randomFrom } from './forgetting-disk.ts';
import { type JournalOptions, type OpenJournal, openJournal } from './journal.ts';
import { textRows } from './rows.fixture.ts';
import { unknownTenant } from './tally.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const folder = '/data/journal';
let now = 1;

const open = (disk: ForgettingDisk, options: Partial<JournalOptions> = {}): Promise<OpenJournal> =>
  openJournal({
    folder: '/data',
    files: disk,
    clock: () => now,
    log: quiet,
    disk: { headroom: 0, low: 0, full: 0, fullBytes: 0 },
    diskEvery: 0,
    // Each frame gets a segment of its own.
    segmentBytes: 1,
    ...options,
  });

const day = 86_400e6;
const entry = (count: number, tenant = 'acme', counts = {}): JournalEntry => ({
  tenant,
  receiver: 'test',
  received: 1,
  rows: textRows(Array.from({ length: count }, (_, index) => `row ${index}`)),
  // Two days.
  times: Array.from({ length: count }, (_, index) => (index % 2) * day),
  idHashes: Array.from({ length: count }, (_, index) => BigInt(index)),
  contentHashes: Array.from({ length: count }, () => 1),
  counts: { received: count, duplicates: 0, quarantined: 0, replayed: 0, ...counts },
});

/** 3 + 4 + 5 + 6 events of two tenants in four segments. */
async function written(options: Partial<JournalOptions> = {}): Promise<ForgettingDisk> {
  const disk = new ForgettingDisk(randomFrom(1), {});
  const journal = await open(disk, options);
  for (const [index, count] of [3, 4, 5, 6].entries())
    await journal.append(entry(count, index % 2 === 0 ? 'acme' : 'other'));
  await journal.close();
  return disk;
}

const segment = (ordinal: number): string => `${folder}/${String(ordinal).padStart(10, '0')}.segment`;
const sidecar = (ordinal: number): string => segment(ordinal).replace('.segment', '.ids');
const asAfterKill = (disk: ForgettingDisk) => disk.unlink(`${folder}/gaps.json`);
const ofTenants = (rows: RowCounts) =>
  Object.fromEntries([...rows.tenants()].map((t) => [t, rows.ofTenant(t)]));
const ranges = (journal: OpenJournal) => journal.gaps.map(({ first, end }) => [first, end]);
const nothing = new RowCounts();

describe('a journal from which something is missing', () => {
  test.each([
    ['a segment in the middle', [2], [[3, 7]]],
    ['the first segment', [1], [[0, 3]]],
    ['two neighbours', [2, 3], [[3, 12]]],
    [
      'the first and another',
      [1, 3],
      [
        [0, 3],
        [7, 12],
      ],
    ],
    ['the last segment', [4], [[12, 18]]],
    ['all segments', [1, 2, 3, 4], [[0, 18]]],
  ])('knows from the sidecars whose events %s had, and no total shrinks', async (_, deleted, gaps) => {
    const disk = await written();
    for (const ordinal of deleted) await disk.unlink(segment(ordinal));
    for (let start = 0; start < 2; start++) {
      const journal = await open(disk);
      expect(ranges(journal)).toEqual(gaps);
      expect(journal.end).toBe(18);
      expect(ofTenants(journal.rows)).toEqual({ acme: 8, other: 10 });
      expect(journal.totals().get('acme')).toMatchObject({ received: 8, journalled: 8 });
      await journal.close();
    }
    const journal = await open(disk);
    expect(await journal.append(entry(1))).toEqual({ first: 18 });
    await journal.close();
    expect((await open(disk)).rows.total).toBe(19);
  });

  test('and its sidecars counts what the store names, and the rest as lost events of nobody', async () => {
    const disk = await written();
    for (const path of [segment(2), sidecar(2)]) await disk.unlink(path);
    await asAfterKill(disk);
    const journal = await open(disk);
    expect(ofTenants(journal.rows)).toEqual({ acme: 8, [unknownTenant]: 4, other: 6 });
    const [gap] = journal.openGaps;
    expect(gap).toMatchObject({ first: 3, end: 7 });
    const stored = RowCounts.of([{ tenant: 'other', retention: 'default', day: 1, rows: 3 }]);
    await journal.settleGap(gap as NonNullable<typeof gap>, stored, nothing);
    expect(ofTenants(journal.rows)).toEqual({ acme: 8, [unknownTenant]: 1, other: 9 });
    expect(journal.totals().get('other')).toMatchObject({ received: 9, journalled: 9 });
    expect(journal.lost.toJSON()).toEqual([[unknownTenant, '', 0, 1]]);
    await journal.close();
    const again = await open(disk);
    expect(again.openGaps).toEqual([]);
    expect(again.lost.total).toBe(1);
    expect(ofTenants(again.rows)).toEqual({ acme: 8, [unknownTenant]: 1, other: 9 });
  });

  test('keeps what it knows of a gap when the segments around it are dropped', async () => {
    const disk = await written();
    for (const path of [segment(2), sidecar(2)]) await disk.unlink(path);
    await asAfterKill(disk);
    const journal = await open(disk, { retention: { age: 0 } });
    now += 10;
    // Nothing of it goes before the store was asked.
    expect((await journal.retain({ storedTo: 18 })).segments).toBe(1);
    const [gap] = journal.openGaps;
    await journal.settleGap(gap as NonNullable<typeof gap>, nothing, nothing);
    expect((await journal.retain({ storedTo: 18 })).segments).toBe(1);
    expect(journal.oldest).toBe(12);
    const before = [ofTenants(journal.rows), journal.lost.total, new Map(journal.totals())];
    await journal.close();
    const again = await open(disk);
    expect([ofTenants(again.rows), again.lost.total, new Map(again.totals())]).toEqual(before);
    expect(again.gaps).toEqual([]);
    expect(again.lost.total).toBe(4);
  });
});

test('all segments behind a checkpoint are known from the close, and nothing of the checkpoint is counted twice', async () => {
  const disk = await written();
  const journal = await open(disk, { retention: { age: 0 } });
  now += 10;
  expect((await journal.retain({ storedTo: 12 })).segments).toBe(3);
  await journal.close();
  for (const ordinal of [1, 2, 3, 4, 5, 6])
    for (const path of [segment(ordinal), sidecar(ordinal)]) await disk.unlink(path);
  for (let starts = 0; starts < 2; starts++) {
    const again = await open(disk);
    expect(ranges(again)).toEqual([[12, 18]]);
    expect(ofTenants(again.rows)).toEqual({ acme: 8, other: 10 });
    expect(again.totals().get('other')).toMatchObject({ received: 10, journalled: 10 });
    await again.close();
  }
});

test.each(['checkpoint.json', 'gaps.json'])(
  'any bit of %s that flips, and any other JSON in its place, deletes no segment and keeps no journal from opening',
  async (name) => {
    const disk = await written();
    const journal = await open(disk, { retention: { age: 0 } });
    now += 10;
    await journal.retain({ storedTo: 7 });
    await journal.close();
    const path = `${folder}/${name}`;
    const whole = disk.content(path);
    const kept = disk.paths.filter((each) => each.endsWith('.segment'));
    const others = ['', '{}', 'null', '[]', '{"sequence":99}', '{"gaps":[{}]}', '{"gaps":[],"closed":{}}'];
    const flipped = Array.from({ length: whole.length }, (_, at) => {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] as number) ^ 1;
      return bytes;
    });
    for (const bytes of [
      ...flipped.filter((_, at) => at % 7 === 0),
      ...others.map((text) => Buffer.from(text)),
    ]) {
      const damaged = disk.kill();
      damaged.overwrite(path, bytes);
      const again = await open(damaged, { takenTo: 18 });
      expect(damaged.paths).toEqual(expect.arrayContaining(kept));
      expect(again.end).toBe(18);
      expect(again.rows.total).toBe(18);
    }
  },
);

describe('a journal whose last durable batch was damaged after a clean stop', () => {
  const damaged = async (counts = {}, count = 2): Promise<ForgettingDisk> => {
    const disk = new ForgettingDisk(randomFrom(1), {});
    const journal = await open(disk, { segmentBytes: 1e6 });
    await journal.append(entry(3));
    await journal.append(entry(count, 'other', counts));
    await journal.close();
    const bytes = Buffer.from(disk.content(segment(1)));
    bytes[bytes.length - 20] = (bytes[bytes.length - 20] as number) ^ 1;
    disk.overwrite(segment(1), bytes);
    return disk;
  };

  test('gives no position twice, knows whose events are missing, and keeps the damaged bytes', async () => {
    const disk = await damaged();
    const bytes = disk.content(segment(1));
    const said: unknown[] = [];
    const journal = await open(disk, { log: { ...quiet, error: (...all) => said.push(all) } });
    expect(ranges(journal)).toEqual([[3, 5]]);
    expect(JSON.stringify(said)).toContain('"batches":1,"events":2');
    expect(ofTenants(journal.rows)).toEqual({ acme: 3, other: 2 });
    expect(await journal.append(entry(1))).toEqual({ first: 5 });
    await journal.close();
    expect(disk.content(segment(1))).toEqual(bytes);
    const again = await open(disk);
    expect(ranges(again)).toEqual([[3, 5]]);
    expect(again.rows.total).toBe(6);
  });

  test('counts batches that had no events, too', async () => {
    const disk = await damaged({ received: 1, quarantined: 1 }, 0);
    for (let start = 0; start < 3; start++) {
      const journal = await open(disk);
      expect(journal.totals().get('other')).toMatchObject({ received: 1, quarantined: 1 });
      expect(journal.end).toBe(3);
      // As a kill would.
    }
  });
});

test('gaps never overlap, and every row is counted once, whatever is deleted, cut or damaged in whatever order', async () => {
  const random = randomFrom(5);
  const below = (count: number): number => Math.floor(random() * count);
  for (let life = 0; life < 100; life++) {
    let disk = new ForgettingDisk(randomFrom(life), {});
    let end = 0;
    for (let start = 0; start < 8; start++) {
      const journal = await open(disk, { segmentBytes: 1 + below(3000) });
      expect(journal.end).toBeGreaterThanOrEqual(end);
      expect(journal.rows.total).toBe(journal.end);
      const ranges = journal.gaps.filter((gap) => gap.end > gap.first).sort((a, b) => a.first - b.first);
      for (const [index, gap] of ranges.entries())
        expect(gap.first).toBeGreaterThanOrEqual(ranges[index - 1]?.end ?? 0);
      for (const gap of journal.openGaps) if (below(2) === 0) await journal.settleGap(gap, nothing, nothing);
      for (let more = below(4); more > 0; more--)
        await journal.append(entry(below(5), below(2) === 0 ? 'acme' : 'other', { received: 5 }));
      end = journal.end;
      await journal.close();
      const paths = disk.paths.filter((path) => /\.segment$|\.ids$/.test(path));
      disk = disk.kill();
      for (let damages = below(3); damages > 0; damages--) {
        const path = paths[below(paths.length)];
        if (path === undefined) continue;
        const bytes = Buffer.from(disk.paths.includes(path) ? disk.content(path) : []);
        if (below(3) === 0 || bytes.length === 0) await disk.unlink(path);
        else if (below(2) === 0) disk.overwrite(path, bytes.subarray(0, below(bytes.length)));
        else {
          const at = below(bytes.length);
          bytes[at] = (bytes[at] as number) ^ (1 << below(8));
          disk.overwrite(path, bytes);
        }
      }
      if (below(4) === 0) await disk.unlink(`${folder}/gaps.json`);
      // Without that record the store and the cursors know how far positions were given out.
      else end = 0;
      if (end > 0) await (await open(disk, { takenTo: end })).close();
    }
  }
});

test('a journal that is older than its store goes on behind the store', async () => {
  const disk = await written();
  const journal = await open(disk, { takenTo: 30 });
  expect(ranges(journal)).toEqual([[18, 30]]);
  expect(journal.rows.ofTenant(unknownTenant)).toBe(12);
  expect(await journal.append(entry(2))).toEqual({ first: 30 });
  await journal.close();
  expect((await open(disk)).rows.total).toBe(32);
});

test('rows before a position are counted by tenant, from memory, sidecars and frames alike', async () => {
  const disk = await written({ segmentBytes: 250 });
  const journal = await open(disk, { segmentBytes: 1e6 });
  await journal.append(entry(7, 'third'));
  for (let position = 0; position <= 25; position++) {
    const rows = await journal.rowsBefore(position);
    expect(rows.total).toBe(position);
    expect(rows.ofTenant('third')).toBe(Math.max(0, position - 18));
  }
  expect([...(await journal.rowsBefore(25))]).toEqual([...journal.rows]);
});

test('rows that are journalled meanwhile do not count, whenever it is asked', async () => {
  const disk = await written();
  const journal = await open(disk);
  for (let turns = 0; turns < 60; turns++) {
    const position = turns % 2 === 0 ? 10 : journal.end;
    const appending = [journal.append(entry(5)), journal.append(entry(3, 'other'))];
    for (let turn = 0; turn < turns % 20; turn++) await new Promise(setImmediate);
    expect((await journal.rowsBefore(position)).total).toBe(position);
    await Promise.all(appending);
  }
});
