/**
 * The few columns of which the live figures are made, read from the rows of a journal batch. Every event is read, so
 * all that is not wanted is passed over as bytes: no text and no event comes into being.
 */
import { setImmediate as breathe } from 'node:timers/promises';
import { type ColumnName, columns, type Family } from '../core/event.ts';
import type { JournalBatch } from '../core/journal.ts';
import { placeColumns } from '../core/row.ts';

/** What an event says of itself that is summed up; undefined where it does not say. Times in microseconds. */
export interface Measured {
  readonly family: Family;
  readonly weight: number;
  readonly time: number;
  readonly duration?: number | undefined;
  readonly overhead?: number | undefined;
  readonly bytesIn?: number | undefined;
  readonly bytesOut?: number | undefined;
}
const numbers: readonly ColumnName[] = ['weight', 'time', 'duration', 'overhead', 'bytesIn', 'bytesOut'];

const tab = 0x09;
const backslash = 0x5c;
const minus = 0x2d;
const point = 0x2e;

/** For each place of a row which number is there: its index in `numbers`, or one of these two. */
const isFamily = -1;
const unwanted = -2;
const wanted = [
  ...placeColumns.map(() => unwanted),
  ...columns.map(({ name }) => {
    const index = numbers.indexOf(name);
    return index >= 0 ? index : name === 'family' ? isFamily : unwanted;
  }),
];
const last = wanted.findLastIndex((what) => what !== unwanted);

/** The number in a cell; a time, which has six digits behind its point, in microseconds; undefined for `\N`. */
function numberAt(text: Buffer, from: number, to: number): number | undefined {
  if (text[from] === backslash) return undefined;
  let number = 0;
  for (let at = from; at < to; at += 1) {
    const byte = text[at] as number;
    if (byte !== minus && byte !== point) number = number * 10 + (byte - 0x30);
  }
  return text[from] === minus ? -number : number;
}

/** The row that begins at `start`. */
function measure(text: Buffer, start: number): Measured {
  let family: Family = 'unknown';
  const found: (number | undefined)[] = [];
  let at = start;
  for (let place = 0; place <= last; place += 1, at += 1) {
    const from = at;
    while (text[at] !== tab) at += 1;
    const what = wanted[place] as number;
    if (what >= 0) found[what] = numberAt(text, from, at);
    else if (what === isFamily) family = text.toString('latin1', from, at) as Family;
  }
  const [weight = 1, time = 0, duration, overhead, bytesIn, bytesOut] = found;
  return { family, weight, time, duration, overhead, bytesIn, bytesOut };
}

/** Rows that one turn of the event loop deals with. */
const slice = 1_000;

/** Calls `visit` for every event of `batch` in order. Between two slices of them others may run. */
export async function eachMeasured(batch: JournalBatch, visit: (event: Measured) => void): Promise<void> {
  const { ends, text, count } = batch;
  for (let index = 0; index < count; index += 1) {
    if (index > 0 && index % slice === 0) await breathe();
    visit(measure(text, ends[index - 1] ?? 0));
  }
}
