/** The events of a journal batch for those who read along live. */
import type { Event } from '../core/event.ts';
import type { JournalBatch } from '../core/journal.ts';
import { decodeRow } from '../core/row.ts';

/**
 * In the order of their positions: event i stands at `batch.first + i`. A young batch shares its events with every
 * reader, so nobody may change them; an old one is decoded, row by row as they are asked for.
 */
export function* eventsOf(batch: JournalBatch): Generator<Event> {
  if (batch.events !== undefined) {
    yield* batch.events;
    return;
  }
  let start = 0;
  for (const end of batch.ends) {
    // Each row ends in a line feed.
    yield decodeRow(batch.text.toString('utf8', start, end - 1));
    start = end;
  }
}
