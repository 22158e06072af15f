/** Reading the durable frames of a log while it grows, skipping what has become damaged. */
import type { Damage } from './damage.ts';
import { errorCode, type JournalFile, type JournalFiles } from './files.ts';
import { type Frame, scanFrames } from './frame.ts';
import { landmarkBefore, type Segment } from './segment.ts';

export interface SegmentReader {
  /** The segments as they are now, in order. */
  readonly segments: readonly Segment[];
  readonly files: JournalFiles;
  readonly damage: Damage;
}

export interface ReadFrame {
  readonly frame: Frame;
  readonly segment: Segment;
}

/**
 * The durable frames from the one that holds `position` on, up to where each segment ended when it was reached.
 * Segments that are deleted meanwhile are skipped.
 */
export async function* readFrames(reader: SegmentReader, position: number): AsyncGenerator<ReadFrame, void> {
  for (let ordinal = -1; ; ) {
    const segment = reader.segments.find((each) => each.ordinal > ordinal && each.end > position);
    if (segment === undefined) return;
    ordinal = segment.ordinal;
    yield* readSegment(reader, segment, position);
  }
}

async function* readSegment(
  reader: SegmentReader,
  segment: Segment,
  position: number,
): AsyncGenerator<ReadFrame, void> {
  const { bytes, endSequence } = segment;
  const from = landmarkBefore(segment, position);
  if (from === undefined) return;
  const file = await openUnlessGone(reader.files, segment.path);
  if (file === undefined) return;
  try {
    for await (const found of scanFrames(file, from, bytes)) {
      if (found.kind === 'damage') await reader.damage.found(file, segment.path, found.at, found.end, 0);
      else if (found.frame.sequence < endSequence && found.frame.first + found.frame.count > position)
        yield { frame: found.frame, segment };
    }
  } finally {
    await file.close();
  }
}

async function openUnlessGone(files: JournalFiles, path: string): Promise<JournalFile | undefined> {
  try {
    return await files.open(path, 'read');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
