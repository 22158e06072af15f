/** The events of a journal batch for those who read along live. */
import { setImmediate as breathe } from 'node:timers/promises';
import type { Event } from '../core/event.ts';
import type { JournalBatch } from '../core/journal.ts';
import { decodeRow } from '../core/row.ts';

/** Events, and bytes of their rows, that one turn of the event loop decodes. */
const slice = { events: 200, bytes: 250_000 };

/** Slices in the order of their positions: the first event stands at `batch.first`. Between two of them others may run. */
export async function* slicesOf({ ends, text, count }: JournalBatch): AsyncGenerator<readonly Event[], void> {
  for (let from = 0; from < count; ) {
    if (from > 0) await breathe();
    const start = ends[from - 1] ?? 0;
    let to = Math.min(from + slice.events, count);
    while (to > from + 1 && (ends[to - 1] as number) - start > slice.bytes) to = from + ((to - from) >> 1);
    yield Array.from(ends.subarray(from, to), (end, index) =>
      // Each row ends in a line feed.
      decodeRow(text.toString('utf8', ends[from + index - 1] ?? 0, end - 1)),
    );
    from = to;
  }
}
