/** Counts the rows before a position of a journal that grows meanwhile. */
import type { JournalGap } from '../core/journal.ts';
import { RowCounts } from '../core/row-counts.ts';
import { decodeHead, decodeTable } from './batch.ts';
import type { FrameLog } from './frame-log.ts';
import type { Segment } from './segment.ts';
import type { TallyJson } from './tally.ts';

export interface RowsBeforeParts {
  readonly frames: FrameLog;
  readonly gaps: readonly JournalGap[];
  /** All that were ever given a position. */
  readonly rows: RowCounts;
  /** What a segment holds that is still written, as it is now. */
  drafted(segment: Segment): TallyJson | undefined;
  tallyOf(segment: Segment): Promise<TallyJson>;
}

/** See `Journal.rowsBefore`. */
export async function rowsBefore(
  { frames, gaps, rows: all, drafted, tallyOf }: RowsBeforeParts,
  position: number,
): Promise<RowCounts> {
  // All at once, before anything is waited for.
  const { end } = frames;
  const rows = RowCounts.of(all);
  const behind = frames.segments
    // One that was just begun has nothing yet of what it will have in a moment.
    .filter((segment) => segment.end > Math.max(position, segment.header.first))
    .map((segment) => ({ segment, now: drafted(segment) }));
  for (const { first, tally } of gaps)
    if (first >= position) rows.subtractAll(RowCounts.parse(tally.rows ?? []));
  for (const { segment, now } of behind) {
    if (segment.header.first >= position)
      rows.subtractAll(RowCounts.parse((now ?? (await tallyOf(segment))).rows ?? []));
    else rows.subtractAll(await rowsWithin(frames, segment, position, end));
  }
  return rows;
}

/** Of one segment the rows from `from` on, up to `end`. */
async function rowsWithin(
  frames: FrameLog,
  { ordinal }: Segment,
  from: number,
  end: number,
): Promise<RowCounts> {
  const rows = new RowCounts();
  for await (const { frame, segment } of frames.read(from)) {
    if (segment.ordinal > ordinal || frame.first >= end) break;
    const { tenant, retention } = decodeHead(frame.body);
    const skipped = Math.max(0, from - frame.first);
    const times = decodeTable(frame).times.subarray(skipped);
    rows.addBatch({ tenant, count: times.length, times, retention: retention?.slice(skipped) });
  }
  return rows;
}
