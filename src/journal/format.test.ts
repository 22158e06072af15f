/** The committed journal of format 1 must stay readable: it is what users have on their disks. */
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { decodeRow, placeColumns } from '../core/row.ts';
import { openCursor } from './cursor.ts';
import { createDuplicateIndex } from './duplicates.ts';
import { nodeFiles } from './files.ts';
import { openJournal } from './journal.ts';

const fixture = join(import.meta.dirname, '../../test/fixtures/journal-v1');
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

interface Expected {
  readonly columns: readonly string[];
  readonly end: number;
  readonly totals: Record<string, unknown>;
  readonly batches: readonly { readonly first: number; readonly idHashes: string[]; readonly text: string }[];
}

test('a journal written by format 1 is read: rows, tables, totals, sources, ids, cursors', async () => {
  const expected = JSON.parse(await readFile(join(fixture, 'expected.json'), 'utf8')) as Expected;
  const folder = await mkdtemp(join(tmpdir(), 'gatescope-format-'));
  try {
    await cp(fixture, folder, { recursive: true });
    const duplicates = createDuplicateIndex();
    const options = { folder, clock: () => 1, log: quiet, disk: { headroom: 0 }, diskEvery: 0, duplicates };
    const journal = await openJournal(options);
    expect(journal.end).toBe(expected.end);
    expect(journal.stats().damage.stretches).toBe(0);
    expect(Object.fromEntries(journal.totals())).toEqual(expected.totals);
    expect(journal.sourcePosition('file:a')).toBe('5');
    expect(duplicates.size).toBe(expected.end);

    const read = journal
      .subscribe({ allTenants: true }, 0, new AbortController().signal)
      [Symbol.asyncIterator]();
    for (const batch of expected.batches) {
      const { idHashes, contentHashes, times, ends, text, ...rest } = (await read.next()).value;
      expect({
        ...rest,
        idHashes: Array.from(idHashes, String),
        contentHashes: [...contentHashes],
        times: [...times],
      }).toEqual({ ...batch, text: undefined });
      expect(ends.at(-1)).toBe(text.length);
      const events = text.toString().trimEnd().split('\n').map(decodeRow);
      const before = batch.text.trimEnd().split('\n');
      for (const [index, event] of events.entries()) {
        const cells = before[index]?.split('\t') ?? [];
        expect(event.position).toBe(batch.first + index);
        expect(event.id).toBe(cells[placeColumns.length + expected.columns.indexOf('id')]);
        expect(event.consumerGroups).toEqual(['gold', "o'hare"]);
        expect(event.attributes).toEqual({ 'a\tb': 'c\nd' });
        expect(event.raw).toContain('é €');
      }
    }
    await journal.close();
    const cursor = await openCursor(folder, 'store', nodeFiles);
    expect([cursor.position, cursor.note]).toEqual([4, { ranges: [[4, 6]] }]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
