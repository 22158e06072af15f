/** The events of a journal batch for those who read along live. */
import { setImmediate as breathe } from 'node:timers/promises';
import type { Event } from '../core/event.ts';
import type { JournalBatch } from '../core/journal.ts';
import { decodeRow } from '../core/row.ts';

/** Events at hand, and events and bytes of rows to decode, that one turn of the event loop deals with. */
const slice = { events: 1_000, decoded: 200, bytes: 250_000 };

/**
 * Slices in the order of their positions: the first event stands at `batch.first`. Between two of them others may run.
 * A young batch shares its events with every reader, so nobody may change them; the rows of another are decoded.
 */
export async function* slicesOf(batch: JournalBatch): AsyncGenerator<readonly Event[], void> {
  const { events, ends, text, count } = batch;
  for (let from = 0; from < count; ) {
    if (from > 0) await breathe();
    let to = Math.min(from + (events === undefined ? slice.decoded : slice.events), count);
    if (events !== undefined) yield events.slice(from, to);
    else {
      const start = ends[from - 1] ?? 0;
      while (to > from + 1 && (ends[to - 1] as number) - start > slice.bytes) to = from + ((to - from) >> 1);
      yield Array.from(ends.subarray(from, to), (end, index) =>
        // Each row ends in a line feed.
        decodeRow(text.toString('utf8', ends[from + index - 1] ?? 0, end - 1)),
      );
    }
    from = to;
  }
}
