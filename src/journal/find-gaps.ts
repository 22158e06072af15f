/**
 * Looks for positions that a journal gave out and no longer has, when it is opened: notes them before anything builds on
 * them, and has it go on behind all that was ever given out.
 */
import type { Range } from '../core/journal.ts';
import type { Clock, Log } from '../core/ports.ts';
import { RowCounts } from '../core/row-counts.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { DuplicateIndex } from './duplicates.ts';
import type { FrameLog } from './frame-log.ts';
import { type Closed, type Gaps, gapOf, missingRanges } from './gaps.ts';
import type { Sidecar } from './sidecar.ts';
import type { Sidecars } from './sidecars.ts';
import { Tally, type TallyJson } from './tally.ts';

export interface FindGapsParts {
  readonly folder: string;
  /** Recovered, and not appended to yet. */
  readonly frames: FrameLog;
  readonly gaps: Gaps;
  readonly sidecars: Sidecars;
  /** What checkpoint and segments add up to; gets what is known of the gaps. */
  readonly tally: Tally;
  readonly checkpoint: Checkpoint<TallyJson> | undefined;
  /** Positions before it were given out, as far as others know. */
  readonly takenTo: number;
  readonly duplicates: Pick<DuplicateIndex, 'missingTo'> | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

export async function findGaps(parts: FindGapsParts): Promise<void> {
  const { folder, frames, gaps, sidecars, tally, checkpoint, takenTo, duplicates, clock, log } = parts;
  // A checkpoint of an older program does not say where the segments begin: then nothing is missing before them.
  const oldest = frames.segments[0]?.header.first ?? 0;
  const dropped = checkpoint === undefined ? 0 : (checkpoint.end ?? oldest);
  await gaps.read(checkpoint?.end ?? 0);
  for (const gap of gaps.all) tally.addAll(gap.tally);
  const { closed, all } = gaps;
  const recovered = frames.end;
  const end = Math.max(recovered, dropped, takenTo, closed?.end ?? 0, ...all.map((gap) => gap.end));
  const orphans = await sidecars.orphans(folder, frames.segments);
  const day = Math.floor(clock() / 86_400e6);
  const ranges = missingRanges(frames.segments, dropped, end, all);
  const held = ranges.map((range) => heldIn(range, orphans));
  for (const known of held) if (known !== undefined) tally.addAll(known);
  const isCut =
    closed !== undefined && closed.sequence > Math.max(frames.sequence, checkpoint?.sequence ?? 0);
  const since = closed === undefined ? undefined : tally.lackingOf(closed.tally);
  if (isCut) reportCut(parts, closed, since);
  const found = ranges.map((range, index) =>
    gapOf(range, held[index] ?? onlyUnknown(range, held, since), day),
  );
  // Batches without events have no positions.
  if (isCut && ranges.length === 0) found.push(gapOf({ first: end, end }, since, day));
  for (const [index, gap] of found.entries()) if (held[index] === undefined) tally.addAll(gap.tally);
  if (found.length > 0) {
    // A duplicate of what is missing is found in the store alone.
    duplicates?.missingTo(clock());
    log.error('Positions are missing from the journal; the store is asked what it has of them', {
      folder,
      events: found.reduce((sum, gap) => sum + gap.end - gap.first, 0),
      ranges: found.slice(0, 20).map((gap) => `${gap.first}-${gap.end}`),
    });
    await gaps.note(found);
  }
  for (const { path } of orphans) await sidecars.removeOrphan(path);
  frames.beginAt({ sequence: checkpoint?.sequence ?? 0, position: end });
}

/** What deleted segments held, if their sidecars name every row of the range. */
function heldIn(
  range: Range,
  orphans: readonly { readonly sidecar: Sidecar | undefined }[],
): TallyJson | undefined {
  const held = new Tally();
  for (const { sidecar } of orphans)
    if (sidecar !== undefined && sidecar.end > range.first && sidecar.end <= range.end)
      held.addAll(sidecar.tally);
  return held.rows.total === range.end - range.first ? held.toJSON() : undefined;
}

/** What was there at the close and is lacking now lay in the only gap of which nothing else is known. */
function onlyUnknown(
  { first, end }: Range,
  held: readonly (TallyJson | undefined)[],
  since: TallyJson | undefined,
): TallyJson | undefined {
  const isOnly = held.filter((known) => known === undefined).length === 1;
  return isOnly && since !== undefined && RowCounts.parse(since.rows ?? []).total <= end - first
    ? since
    : undefined;
}

function reportCut(
  { folder, frames, log }: FindGapsParts,
  closed: Closed,
  lacking: TallyJson | undefined,
): void {
  const last = frames.segments.at(-1);
  log.error('The end of the journal is damaged: batches that were durable cannot be read', {
    folder,
    file: last?.path,
    from: last?.bytes,
    batches: closed.sequence - frames.sequence,
    events: closed.end - (last?.end ?? 0),
    counts: lacking?.tenants,
  });
}
