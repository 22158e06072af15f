import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JournalBatch, JournalEntry, Rows } from '../core/journal.ts';
import { createDuplicateIndex } from './duplicates.ts';
import { type JournalOptions, type OpenJournal, openJournal } from './journal.ts';
import { textRows } from './rows.fixture.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
let folder: string;
let now = 1_700_000_000e6;
const opened: OpenJournal[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatescope-journal-'));
});
afterEach(async () => {
  for (const journal of opened.splice(0)) await journal.close();
  await rm(folder, { recursive: true });
});

const open = async (options: Partial<JournalOptions> = {}): Promise<OpenJournal> => {
  const journal = await openJournal({
    folder,
    clock: () => now,
    log: quiet,
    disk: { headroom: 0 },
    ...options,
  });
  opened.push(journal);
  return journal;
};

let nextId = 1n;
const entry = (rows: readonly string[], more: Partial<JournalEntry> = {}): JournalEntry => ({
  tenant: 'default',
  receiver: 'http',
  received: now,
  rows: textRows(rows),
  times: rows.map(() => now - 1000),
  idHashes: rows.map(() => nextId++),
  contentHashes: rows.map((_, index) => index),
  counts: { received: rows.length, duplicates: 0, quarantined: 0, replayed: 0 },
  ...more,
});

const textsOf = ({ chunks }: Rows): string[] => Buffer.concat(chunks).toString().trimEnd().split('\n');

const rowsOf = (batch: JournalBatch): string[] =>
  Array.from(batch.ends, (end, index) => batch.text.toString('utf8', index && batch.ends[index - 1], end));

/** All batches from `from` to the end of now. */
async function batches(
  journal: OpenJournal,
  scope: { tenant: string } | { allTenants: true } = { allTenants: true },
  from = 0,
): Promise<JournalBatch[]> {
  const enough = new AbortController();
  const found: JournalBatch[] = [];
  const marker = journal.append(entry(['end'], { tenant: 'tenant' in scope ? scope.tenant : 'default' }));
  for await (const batch of journal.subscribe(scope, from, enough.signal)) {
    if (batch.first === (await marker).first) enough.abort();
    else found.push(batch);
  }
  return found;
}

describe('append', () => {
  test('gives consecutive positions and rows that begin with position and batch', async () => {
    const journal = await open();
    expect(await journal.append(entry(['a\tb', 'ü\\n€']))).toEqual({ first: 0 });
    expect(await journal.append(entry(['c']))).toEqual({ first: 2 });
    expect((await batches(journal)).flatMap(rowsOf)).toEqual(['0\t0\ta\tb\n', '1\t0\tü\\n€\n', '2\t2\tc\n']);
    expect(journal.end).toBe(4);
  });

  test('many at once share few fsyncs and keep their order', async () => {
    const journal = await open();
    const before = journal.stats().fsyncs;
    const firsts = await Promise.all(
      Array.from({ length: 500 }, (_, index) =>
        journal.append(entry([`row ${index} ${'x'.repeat(index * 5)}`])),
      ),
    );
    expect(firsts.map(({ first }) => first)).toEqual(Array.from({ length: 500 }, (_, index) => index));
    expect(journal.stats().fsyncs - before).toBeLessThan(250);
  });

  test('waits when too many bytes are under way, and goes on', async () => {
    const journal = await open({ inFlightBytes: 2000 });
    const appends = Array.from({ length: 50 }, () => journal.append(entry(['x'.repeat(900)])));
    expect(journal.stats().inFlight).toBeLessThanOrEqual(2000);
    await Promise.all(appends);
    expect(journal.end).toBe(50);
    expect(journal.stats().inFlight).toBe(0);
    await journal.append(entry(['y'.repeat(10_000)]));
    expect(journal.end).toBe(51);
  });

  test('is refused when the journal is closed', async () => {
    const journal = await open();
    const last = journal.append(entry(['a']));
    await journal.close();
    expect(await last).toEqual({ first: 0 });
    await expect(journal.append(entry(['b']))).rejects.toMatchObject({ code: 'closed' });
  });
});

describe('a journal opened again', () => {
  test('has everything: rows, tables, totals, progress of receivers, ids', async () => {
    const journal = await open({ segmentBytes: 3000 });
    const sent = Array.from({ length: 40 }, (_, index) =>
      entry([`first ${index} ${'x'.repeat(300)}`, `second ${index} é`], {
        source: { key: 'file:a', position: String(index) },
        counts: { received: 5, duplicates: 2, quarantined: 1, replayed: 0 },
      }),
    );
    for (const each of sent) await journal.append(each);
    await journal.append(
      entry([], {
        source: { key: 'file:a', position: 'end' },
        counts: { received: 1, duplicates: 1, quarantined: 0, replayed: 0 },
      }),
    );
    await journal.append(
      entry(['again'], { counts: { received: 0, duplicates: 0, quarantined: 0, replayed: 1 } }),
    );
    const totals = new Map(journal.totals());
    expect(totals.get('default')).toEqual({
      received: 201,
      journalled: 80,
      quarantined: 40,
      duplicates: 81,
      replayed: 1,
    });
    expect(journal.stats().segments).toBeGreaterThan(3);
    await journal.close();

    const duplicates = createDuplicateIndex();
    const again = await open({ duplicates });
    expect(again.end).toBe(81);
    expect(new Map(again.totals())).toEqual(totals);
    expect(again.sourcePosition('file:a')).toBe('end');
    expect(again.sourcePosition('file:b')).toBeUndefined();
    expect(duplicates.size).toBe(81);
    expect(duplicates.begin(now).claim(sent[7]?.idHashes[1] as bigint, 1)).toBe('duplicate');
    expect(duplicates.begin(now).claim(sent[7]?.idHashes[1] as bigint, 2)).toBe('conflict');

    const found = await batches(again);
    expect(found.map(({ first }) => first)).toEqual([...sent.map((_, index) => index * 2), 80]);
    expect(found.flatMap(rowsOf).slice(0, 80)).toEqual(
      sent.flatMap(({ rows }, index) =>
        textsOf(rows).map((row, at) => `${index * 2 + at}\t${index * 2}\t${row}\n`),
      ),
    );
    expect(Array.from(found[3]?.idHashes ?? [])).toEqual(sent[3]?.idHashes);
    expect(Array.from(found[3]?.times ?? [])).toEqual(sent[3]?.times);
    expect(found[3]?.counts).toEqual(sent[3]?.counts);
  });

  test('reads closed segments by their sidecars, and by themselves where those are missing or damaged', async () => {
    const journal = await open({ segmentBytes: 1 });
    for (let n = 0; n < 6; n++) await journal.append(entry([`row ${n}`]));
    await journal.close();
    const path = join(folder, 'journal');
    const sidecars = (await readdir(path)).filter((name) => name.endsWith('.ids'));
    expect(sidecars.length).toBeGreaterThanOrEqual(5);
    await rm(join(path, sidecars[1] as string));
    const bytes = await readFile(join(path, sidecars[2] as string));
    bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1;
    await writeFile(join(path, sidecars[2] as string), bytes);
    const duplicates = createDuplicateIndex();
    const again = await open({ duplicates });
    expect(again.end).toBe(6);
    expect(again.totals().get('default')?.journalled).toBe(6);
    expect(duplicates.size).toBe(6);
  });

  test('refuses a folder of a newer version and leaves it as it was', async () => {
    const journal = await open();
    await journal.append(entry(['a']));
    await journal.close();
    await writeFile(join(folder, 'journal', 'VERSION'), '2\n');
    const before = await readdir(join(folder, 'journal'));
    await expect(open()).rejects.toThrow(/version "2"/);
    expect(await readdir(join(folder, 'journal'))).toEqual(before);
    await writeFile(join(folder, 'journal', 'VERSION'), '1\n');
    expect((await open()).end).toBe(1);
  });

  test('lays out rows of other columns in the columns of today', async () => {
    const { toCurrentColumns, currentColumns } = await import('./columns.ts');
    const [firstColumn] = currentColumns.columns;
    const text = Buffer.from('4\t4\told\traw é\tthe id\n');
    const batch = {
      ...entry([]),
      first: 4,
      count: 1,
      ends: Uint32Array.of(text.length),
      text,
    } as unknown as JournalBatch;
    const changed = toCurrentColumns(batch, { columns: ['removed', 'raw', firstColumn] });
    const cells = rowsOf(changed)[0]?.trimEnd().split('\t') ?? [];
    expect(cells.length).toBe(currentColumns.columns.length + 2);
    expect(cells.slice(0, 3)).toEqual(['4', '4', 'the id']);
    expect(cells.at(-1)).toBe('raw é');
    expect(cells[2 + currentColumns.columns.indexOf('status')]).toBe('\\N');
  });
});

describe('subscribe', () => {
  test('a tenant sees its own batches only, from memory and from the disk', async () => {
    for (const youngBytes of [32 << 20, 1]) {
      const journal = await open({ youngBytes, folder: join(folder, String(youngBytes)) });
      for (let n = 0; n < 20; n++)
        await journal.append(entry([`row ${n}`], { tenant: n % 2 ? 'one' : 'two' }));
      const found = await batches(journal, { tenant: 'one' });
      expect(found.length).toBe(10);
      expect(new Set(found.map(({ tenant }) => tenant))).toEqual(new Set(['one']));
    }
  });

  test('begins with the batch that holds the position asked for', async () => {
    const journal = await open();
    await journal.append(entry(['a', 'b']));
    await journal.append(entry(['c', 'd']));
    expect((await batches(journal, { allTenants: true }, 3)).map(({ first }) => first)).toEqual([2]);
  });

  test('shares young batches with all who keep up, and reads the disk for who lags', async () => {
    const journal = await open({ youngBytes: 4000 });
    const signal = new AbortController();
    const lagging = journal.subscribe({ allTenants: true }, 0, signal.signal)[Symbol.asyncIterator]();
    for (let n = 0; n < 100; n++) await journal.append(entry([`row ${n} ${'x'.repeat(200)}`]));
    const first = await lagging.next();
    expect(first.value.first).toBe(0);
    let last: JournalBatch = first.value;
    for (let n = 1; n < 100; n++) {
      last = (await lagging.next()).value;
      expect(last.first).toBe(n);
    }
    const other = journal.subscribe({ allTenants: true }, 99, signal.signal)[Symbol.asyncIterator]();
    expect((await other.next()).value).toBe(last);
    expect(
      (await journal.subscribe({ allTenants: true }, 0, signal.signal)[Symbol.asyncIterator]().next()).value,
    ).not.toBe(first.value);
    signal.abort();
  });

  test('ends without an error when it is aborted while waiting, and when it was before', async () => {
    const journal = await open();
    const waiting = new AbortController();
    const next = journal.subscribe({ allTenants: true }, 0, waiting.signal)[Symbol.asyncIterator]().next();
    await new Promise(setImmediate);
    waiting.abort();
    expect((await next).done).toBe(true);
    const before = journal.subscribe({ allTenants: true }, 0, AbortSignal.abort())[Symbol.asyncIterator]();
    expect((await before.next()).done).toBe(true);
  });
});

describe('retention', () => {
  const fill = async (journal: OpenJournal, tenants = ['default']) => {
    for (let n = 0; n < 10; n++)
      await journal.append(
        entry([`row ${n}`], {
          tenant: tenants[n % tenants.length] as string,
          source: { key: 'k', position: `${n}` },
        }),
      );
  };

  test('deletes what is stored and old, never what the store lacks, and totals never go back', async () => {
    const journal = await open({ segmentBytes: 1, retention: { age: 1000 } });
    await fill(journal);
    expect(await journal.retain({ storedTo: 10 })).toEqual({ segments: 0, bytes: 0 });
    now += 2000;
    const removed = await journal.retain({ storedTo: 5 });
    expect(removed.segments).toBe(5);
    expect(removed.bytes).toBeGreaterThan(0);
    expect(journal.oldest).toBe(5);
    expect((await journal.retain({ storedTo: 100 })).segments).toBe(4);
    const totals = new Map(journal.totals());
    await journal.close();
    const duplicates = createDuplicateIndex();
    const again = await open({ duplicates });
    expect(new Map(again.totals())).toEqual(totals);
    expect(again.sourcePosition('k')).toBe('9');
    expect(again.end).toBe(10);
    expect(again.oldest).toBe(9);
    expect(duplicates.oldestTime).toBeGreaterThan(0);
    expect((await batches(again)).map(({ first }) => first)).toEqual([9]);
  });

  test('deletes younger segments too when the journal takes more than its share of the disk', async () => {
    const journal = await open({ segmentBytes: 1, retention: { share: 0 } });
    await fill(journal);
    expect((await journal.retain({ storedTo: 4 })).segments).toBe(4);
    expect(journal.oldest).toBe(4);
  });

  test('a total whose sidecar is gone is counted from the segment, empty batches too', async () => {
    const journal = await open({ segmentBytes: 1, retention: { age: 0 } });
    await journal.append(entry([], { counts: { received: 3, duplicates: 3, quarantined: 0, replayed: 0 } }));
    await fill(journal);
    await journal.close();
    const path = join(folder, 'journal');
    for (const name of await readdir(path)) if (name.endsWith('.ids')) await rm(join(path, name));
    const again = await open({ segmentBytes: 1, retention: { age: 0 } });
    for (const name of await readdir(path)) if (name.endsWith('.ids')) await rm(join(path, name));
    now += 1000;
    await again.retain({ storedTo: 10 });
    await again.close();
    expect((await open()).totals().get('default')).toEqual({
      received: 13,
      journalled: 10,
      quarantined: 0,
      duplicates: 3,
      replayed: 0,
    });
  });
});

describe('the disk', () => {
  test('a disk nearly full is told, a full one closes the doors, and both heal', async () => {
    const none = { full: 0, fullBytes: 0 };
    const journal = await open({ disk: { ...none, low: 0, headroom: 1000 } });
    expect(journal.pressure).toBe('ok');
    const low = await open({ disk: { ...none, low: 1, headroom: 0 }, folder: join(folder, 'low') });
    expect(low.pressure).toBe('low');
    const full = await open({ disk: { full: 1, headroom: 0 }, folder: join(folder, 'full') });
    expect(full.pressure).toBe('full');
    await full.append(entry(['our own audit still goes in']));
    expect(full.end).toBe(1);
    expect(await journal.makeRoom()).toBe(true);
    expect(journal.pressure).toBe('full');
    expect(await journal.makeRoom()).toBe(false);
    expect(await journal.checkDisk()).toBe('ok');
    expect(await journal.makeRoom()).toBe(true);
  });

  test('the doors close at 5 % or 2 GB, and a small disk keeps 10 % instead of 2 GB', async () => {
    const { thresholds } = await import('./disk.ts');
    expect(thresholds(1000e9, {})).toEqual({ full: 50e9, low: 100e9 });
    expect(thresholds(30e9, {})).toEqual({ full: 2e9, low: 3e9 });
    expect(thresholds(1e9, {})).toEqual({ full: 0.1e9, low: 0.15e9 });
    expect(thresholds(1000e9, { low: 0.3, full: 0.2 })).toEqual({ full: 200e9, low: 300e9 });
  });
});
