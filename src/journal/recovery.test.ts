import { describe, expect, test } from 'vitest';
import type { JournalBatch, JournalEntry, Rows } from '../core/journal.ts';
import type { JournalFiles } from './files.ts';
import { ForgettingDisk, type Plan, randomFrom } from './forgetting-disk.ts';
import { type JournalOptions, type OpenJournal, openJournal } from './journal.ts';
import { textRows } from './rows.fixture.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const segment = '/data/journal/0000000001.segment';

const open = (disk: JournalFiles, options: Partial<JournalOptions> = {}): Promise<OpenJournal> =>
  openJournal({
    folder: '/data',
    files: disk,
    clock: () => 1,
    log: quiet,
    disk: { headroom: 0, low: 0, full: 0, fullBytes: 0 },
    diskEvery: 0,
    pause: () => new Promise((resolve) => setImmediate(resolve)),
    ...options,
  });

const entry = (...rows: string[]): JournalEntry => ({
  tenant: 'default',
  receiver: 'test',
  received: 1,
  rows: textRows(rows),
  times: rows.map(() => 1),
  idHashes: rows.map(() => 1n),
  contentHashes: rows.map(() => 1),
  counts: { received: rows.length, duplicates: 0, quarantined: 0, replayed: 0 },
});

const diskWith = (plan: Plan = {}): ForgettingDisk => new ForgettingDisk(randomFrom(1), plan);

const textsOf = ({ chunks }: Rows): string[] => Buffer.concat(chunks).toString().trimEnd().split('\n');

/** The rows without their places, of all that is there. */
async function rowsIn(journal: OpenJournal): Promise<string[]> {
  const rows: string[] = [];
  // Of the end of a journal nothing may be there.
  const end = Math.min(
    journal.end,
    ...journal.gaps.filter((gap) => gap.end === journal.end).map((gap) => gap.first),
  );
  if (end === journal.oldest) return rows;
  const enough = new AbortController();
  for await (const { text, first, count } of journal.subscribe({ allTenants: true }, 0, enough.signal)) {
    rows.push(
      ...text
        .toString()
        .trimEnd()
        .split('\n')
        .map((row) => row.split('\t')[2] ?? ''),
    );
    if (first + count === end) break;
  }
  return rows;
}

/**
 * A disk whose journal has these entries, one frame each in one segment; where each frame ends. As a kill leaves it: it
 * is not noted how it was closed.
 */
async function written(entries: readonly JournalEntry[]): Promise<{ disk: ForgettingDisk; ends: number[] }> {
  const disk = diskWith();
  const journal = await open(disk);
  const ends: number[] = [];
  for (const each of entries) {
    await journal.append(each);
    ends.push(disk.content(segment).length);
  }
  await journal.close();
  await disk.unlink('/data/journal/gaps.json');
  return { disk, ends };
}

describe('a journal whose process was killed', () => {
  test('at any byte of its tail has the entries that are whole, and goes on behind them', async () => {
    const { disk, ends } = await written([entry('one'), entry('two', 'three'), entry('four')]);
    const whole = disk.content(segment);
    const rows = [['one'], ['two', 'three'], ['four']];
    for (let size = 0; size <= whole.length; size++) {
      const killed = disk.kill();
      killed.overwrite(segment, whole.subarray(0, size));
      const journal = await open(killed);
      const expected = rows.filter((_, index) => (ends[index] as number) <= size).flat();
      expect(await rowsIn(journal)).toEqual(expected);
      expect(journal.stats().damage.stretches).toBe(0);
      expect(await journal.append(entry('next'))).toEqual({ first: expected.length });
      expect(await rowsIn(journal)).toEqual([...expected, 'next']);
      await journal.close();
    }
    expect(whole.length).toBeGreaterThan(500);
  });

  test('leaves what is torn off its tail where it is', async () => {
    const { disk, ends } = await written([entry('one'), entry('two')]);
    const torn = disk.content(segment).subarray(0, (ends[1] as number) - 1);
    disk.overwrite(segment, torn);
    const journal = await open(disk);
    expect(journal.end).toBe(1);
    await journal.append(entry('next'));
    await journal.close();
    expect(disk.content(segment)).toEqual(torn);
    expect(await rowsIn(await open(disk))).toEqual(['one', 'next']);
  });
});

describe('a journal with a damaged byte', () => {
  const entries = Array.from({ length: 5 }, (_, index) => entry(`row ${index}`));

  test('in the middle sets it aside, counts it, and has all the rest in its place', async () => {
    const { disk, ends } = await written(entries);
    const whole = disk.content(segment);
    for (let at = ends[0] as number; at < (ends[3] as number); at += 7) {
      const damaged = disk.kill();
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] as number) ^ 0x40;
      damaged.overwrite(segment, bytes);
      const journal = await open(damaged);
      const lost = ends.findIndex((end) => at < end);
      expect(await rowsIn(journal)).toEqual(
        entries.flatMap(({ rows }, index) => (index === lost ? [] : textsOf(rows))),
      );
      expect(journal.stats().damage).toMatchObject({ stretches: 1, events: 1 });
      expect(journal.end).toBe(5);
      const [aside] = damaged.paths.filter((path) => path.endsWith('.damaged'));
      expect(damaged.content(aside as string)).toEqual(bytes.subarray(ends[lost - 1], ends[lost]));
      await journal.close();
    }
  });

  test('anywhere never fails to open, and shows only rows that were written', async () => {
    const { disk } = await written(entries);
    const whole = disk.content(segment);
    for (let at = 0; at < whole.length; at += 3) {
      const damaged = disk.kill();
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] as number) ^ 0x01;
      damaged.overwrite(segment, bytes);
      const journal = await open(damaged);
      const rows = await rowsIn(journal);
      expect(rows.length).toBeGreaterThanOrEqual(4);
      expect(entries.flatMap(({ rows }) => textsOf(rows))).toEqual(expect.arrayContaining(rows));
      await journal.close();
    }
  });

  test('found while reading skips to the next whole batch and is counted once', async () => {
    const { disk, ends } = await written(entries);
    const journal = await open(disk);
    const bytes = disk.content(segment);
    bytes[(ends[1] as number) + 60] = 0xff;
    disk.overwrite(segment, bytes);
    expect(await rowsIn(journal)).toEqual(['row 0', 'row 1', 'row 3', 'row 4']);
    expect(await rowsIn(journal)).toEqual(['row 0', 'row 1', 'row 3', 'row 4']);
    expect(journal.stats().damage.stretches).toBe(1);
  });
});

describe('a disk that fails', () => {
  test('writes in pieces without harm', async () => {
    const disk = diskWith({ fault: (operation) => (operation === 'write' ? 'short' : undefined) });
    const journal = await open(disk);
    for (let n = 0; n < 10; n++) await journal.append(entry(`row ${n} ${'x'.repeat(100)}`));
    expect((await rowsIn(await open(disk.crash()))).length).toBe(10);
  });

  test('rejects what it has no room for with code `full`, keeps nothing of it, and takes smaller entries after it', async () => {
    const disk = diskWith({ capacity: 4000 });
    const journal = await open(disk);
    await journal.append(entry('fits'));
    await expect(journal.append(entry(randomText(4000)))).rejects.toMatchObject({ code: 'full' });
    expect(journal.end).toBe(1);
    expect(await journal.append(entry('fits too'))).toEqual({ first: 1 });
    expect(await rowsIn(journal)).toEqual(['fits', 'fits too']);
    expect(await rowsIn(await open(disk.crash()))).toEqual(['fits', 'fits too']);
  });

  test('gives up its reserve before it rejects', async () => {
    const disk = diskWith({ capacity: 8000 });
    const journal = await open(disk, { disk: { headroom: 5000, low: 0, full: 0, fullBytes: 0 } });
    expect(journal.pressure).toBe('ok');
    await journal.append(entry(randomText(3000)));
    expect(journal.pressure).toBe('full');
    expect(journal.end).toBe(1);
  });

  test('once at an fsync acknowledges only what went to a new segment', async () => {
    let failures = 0;
    const disk = diskWith({
      fault: (operation, path) =>
        operation === 'sync' && path === segment && failures-- > 0 ? 'EIO' : undefined,
    });
    const journal = await open(disk);
    await journal.append(entry('a'));
    failures = 1;
    await Promise.all(['b', 'c'].map((row) => journal.append(entry(row))));
    expect(failures).toBeLessThan(1);
    expect(journal.stats().segments).toBe(2);
    expect(journal.pressure).toBe('ok');
    for (let seed = 0; seed < 20; seed++)
      expect(await rowsIn(await open(disk.crash()))).toEqual(['a', 'b', 'c']);
  });

  test('closes the doors as long as it fails, and opens them when it works again', async () => {
    let broken = true;
    const failed = Promise.withResolvers<void>();
    let attempts = 0;
    const disk = diskWith({
      fault(operation) {
        if (operation !== 'write' || !broken) return undefined;
        if (++attempts > 3) failed.resolve();
        return 'EIO';
      },
    });
    broken = false;
    const journal = await open(disk);
    broken = true;
    const append = journal.append(entry('a'));
    await failed.promise;
    expect(journal.pressure).toBe('full');
    broken = false;
    expect(await append).toEqual({ first: 0 });
    expect(journal.pressure).toBe('ok');
  });

  test('that never works again lets the journal close and says so to who waits', async () => {
    let broken = false;
    const disk = diskWith({ fault: (operation) => (broken && operation === 'write' ? 'EIO' : undefined) });
    const journal = await open(disk);
    broken = true;
    const append = journal.append(entry('a'));
    const outcome = expect(append).rejects.toMatchObject({ code: 'closed' });
    await journal.close();
    await outcome;
  });
});

/** Text that does not compress. */
function randomText(length: number): string {
  const random = randomFrom(2);
  return Array.from({ length }, () => String.fromCharCode(33 + Math.floor(random() * 90))).join('');
}

test('an entry is seen by subscribers only when it is durable', async () => {
  const gate = Promise.withResolvers<void>();
  const disk = diskWith();
  const slow: JournalFiles = {
    list: (folder) => disk.list(folder),
    rename: (from, to) => disk.rename(from, to),
    unlink: (path) => disk.unlink(path),
    makeFolder: (path) => disk.makeFolder(path),
    syncFolder: (path, site) => disk.syncFolder(path, site),
    space: () => disk.space(),
    open: async (path, mode) => {
      const file = await disk.open(path, mode);
      if (path !== segment) return file;
      return { ...file, sync: (site) => gate.promise.then(() => file.sync(site)) };
    },
  };
  const journal = await open(slow);
  const append = journal.append(entry('a'));
  const seen: JournalBatch[] = [];
  const enough = new AbortController();
  const reading = (async () => {
    for await (const batch of journal.subscribe({ allTenants: true }, 0, enough.signal)) seen.push(batch);
  })();
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
  expect([seen.length, journal.end]).toEqual([0, 0]);
  gate.resolve();
  await append;
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
  expect([seen.length, journal.end]).toEqual([1, 1]);
  enough.abort();
  await reading;
});
