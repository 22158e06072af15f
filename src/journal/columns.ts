/**
 * Rows of an older program: a segment notes the columns it was written with; when they are not today's, its rows are
 * laid out again as they are read, absent columns empty and removed ones left out.
 */
import { columns } from '../core/event.ts';
import type { JournalBatch } from '../core/journal.ts';
import { placeColumns } from '../core/row.ts';

/** What a segment of today notes in its header. */
export const currentColumns = { columns: columns.map(({ name }) => name as string) };

const empty = { text: '', integer: '\\N', flag: '\\N', time: '0.000000', list: '[]', map: '{}' } as const;

const notedColumns = (note: unknown): readonly string[] | undefined => {
  if (typeof note !== 'object' || note === null || !('columns' in note)) return undefined;
  return Array.isArray(note.columns) ? note.columns.map(String) : undefined;
};

/** The batch with its rows in the columns of today; a header that was lost is taken to be of today. */
export function toCurrentColumns(batch: JournalBatch, note: unknown): JournalBatch {
  const noted = notedColumns(note);
  if (noted === undefined || noted.join() === currentColumns.columns.join()) return batch;
  const place = new Map(noted.map((name, index) => [name, index + placeColumns.length]));
  const ends = new Uint32Array(batch.count);
  const rows: Buffer[] = [];
  let [from, to] = [0, 0];
  for (const [index, end] of batch.ends.entries()) {
    const cells = batch.text.toString('utf8', from, end - 1).split('\t');
    const places = cells.slice(0, placeColumns.length);
    const values = columns.map(({ name, kind }) => cells[place.get(name) ?? -1] ?? empty[kind]);
    const row = Buffer.from(`${[...places, ...values].join('\t')}\n`);
    rows.push(row);
    from = end;
    to += row.length;
    ends[index] = to;
  }
  return { ...batch, ends, text: Buffer.concat(rows) };
}
