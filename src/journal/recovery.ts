/**
 * Opening a log again: finds its segments, tells whole frames from torn and damaged ones, and makes durable what the
 * reopened log is going to show.
 *
 * The tail of the last segment may be torn: whatever was written and not yet fsynced may be there, in part, or not.
 * It ends at the first missing frame, and what lies behind stays in the file. A frame that is missing though it was
 * durable (a later frame or the next segment says so) was damaged: the stretch is set aside and counted, and the frames
 * behind it stay.
 */
import { join } from 'node:path';
import type { Range } from '../core/journal.ts';
import type { Log } from '../core/ports.ts';
import { Damage } from './damage.ts';
import type { JournalFile, JournalFiles } from './files.ts';
import { type Frame, scanFrames } from './frame.ts';
import {
  extend,
  readHeader,
  type Segment,
  type SegmentHeader,
  segmentFormat,
  segmentOrdinal,
} from './segment.ts';
import { writeAll } from './whole-file.ts';

/** What is known of a closed segment without reading it (from its sidecar). */
export interface KnownSegment {
  readonly endSequence: number;
  readonly end: number;
  readonly bytes: number;
  readonly written: number;
  readonly landmarks: readonly { readonly first: number; readonly at: number }[];
  readonly missing: readonly Range[];
}

export interface RecoveryOptions {
  readonly folder: string;
  readonly files: JournalFiles;
  readonly log: Log;
  /** Frames before this one were dropped: a segment that begins before it and is still there is deleted now. */
  readonly droppedTo?: number;
  /** Called for every frame of a segment that is not known, in order. */
  visit(frame: Frame, segment: Segment): void;
  /**
   * Asked for every segment but the last: what is known of it, if that ends where the next segment begins and within
   * the `size` of its file. What it returns is used.
   */
  known?(segment: Segment, endSequence: number, size: number): Promise<KnownSegment | undefined>;
}

export interface Recovered {
  /** In order, the last one closed like the others: a reopened log goes on in a new file. */
  readonly segments: readonly Segment[];
  readonly damage: Damage;
}

/** A segment file as it was found; without a header the first frame has to say where it begins. */
interface FoundFile {
  readonly ordinal: number;
  readonly path: string;
  readonly header: SegmentHeader | undefined;
  readonly from: number;
  /** Bytes. */
  readonly size: number;
}

/** A log of a newer format than this program knows; it was not touched. */
export class NewerFormat extends Error {}

async function findFiles(folder: string, files: JournalFiles): Promise<FoundFile[]> {
  const names = (await files.list(folder)).toSorted();
  const found: FoundFile[] = [];
  for (const name of names) {
    const ordinal = segmentOrdinal(name);
    if (ordinal === undefined) continue;
    const path = join(folder, name);
    const file = await files.open(path, 'read');
    try {
      const read = await readHeader(file);
      if (read !== undefined && read.header.format > segmentFormat)
        throw new NewerFormat(
          `${path} has format ${read.header.format}, this program reads up to ${segmentFormat}`,
        );
      const size = await file.size();
      found.push({ ordinal, path, header: read?.header, from: read?.end ?? 0, size });
    } finally {
      await file.close();
    }
  }
  return found.sort((a, b) => a.ordinal - b.ordinal);
}

const segmentOf = (found: FoundFile, header: SegmentHeader): Segment => ({
  ordinal: found.ordinal,
  path: found.path,
  header,
  endSequence: header.firstSequence,
  end: header.first,
  bytes: found.from,
  written: 0,
  landmarks: [],
  missing: [],
});

/** One file scanned; frames are held back while it is not clear whether what is missing before them was durable. */
class Scan {
  readonly segment: Segment;
  readonly #options: RecoveryOptions;
  readonly #damage: Damage;
  /** Number of frames that are known to be durable, and where the others are. */
  #durable = 0;
  #unproven: { readonly sequence: number; readonly at: number }[] = [];
  #held: { readonly frame: Frame; readonly at: number; readonly end: number }[] = [];

  constructor(segment: Segment, options: RecoveryOptions, damage: Damage) {
    this.segment = segment;
    this.#options = options;
    this.#damage = damage;
  }

  /** Reads the file up to the frame `endSequence`, which belongs to the next segment (none: Infinity). */
  async run(file: JournalFile, from: number, endSequence: number): Promise<void> {
    for await (const found of scanFrames(file, from, await file.size())) {
      if (found.kind === 'damage') continue;
      if (found.frame.sequence >= endSequence) break;
      if (found.frame.sequence < this.#nextSequence) continue;
      this.#held.push(found);
      if (this.#isNext(found.frame) || found.frame.durable > this.segment.endSequence)
        await this.#release(file);
    }
    const lost = Number.isFinite(endSequence) && endSequence > this.segment.endSequence;
    if (lost) await this.#release(file);
  }

  /** The byte from which on it is not known that an fsync succeeded. */
  get unprovenFrom(): number {
    const { firstSequence } = this.segment.header;
    return this.#durable > firstSequence ? (this.#unproven[0]?.at ?? this.segment.bytes) : 0;
  }

  get #nextSequence(): number {
    return (this.#held.at(-1)?.frame.sequence ?? this.segment.endSequence - 1) + 1;
  }

  #isNext(frame: Frame): boolean {
    return this.#held.length === 1 && frame.sequence === this.segment.endSequence;
  }

  async #release(file: JournalFile): Promise<void> {
    const held = this.#held;
    this.#held = [];
    for (const { frame, at, end } of held) {
      if (frame.sequence !== this.segment.endSequence)
        await this.#damage.found(
          file,
          this.segment.path,
          this.segment.bytes,
          at,
          frame.first - this.segment.end,
        );
      extend(this.segment, frame, at, end);
      this.#durable = Math.max(this.#durable, frame.durable);
      this.#unproven.push({ sequence: frame.sequence, at });
      while ((this.#unproven[0]?.sequence ?? this.#durable) < this.#durable) this.#unproven.shift();
      this.#options.visit(frame, this.segment);
    }
  }
}

/**
 * Writes what is there once more. After a failed fsync the page cache holds bytes that the disk has not and that no
 * later fsync writes, unless they are written again; the process that was told may have been killed since.
 */
async function rewrite(file: JournalFile, from: number, to: number): Promise<void> {
  const bytes = Buffer.alloc(to - from);
  await file.read(bytes, from);
  await writeAll(file, bytes, from);
}

/** Without a whole header the first frame says where the segment begins; without a frame there is no segment. */
async function headerFromFrames(path: string, files: JournalFiles): Promise<SegmentHeader | undefined> {
  const file = await files.open(path, 'read');
  try {
    for await (const found of scanFrames(file, 0, await file.size()))
      if (found.kind === 'frame')
        return {
          format: segmentFormat,
          // A segment is begun for a group, with as many frames durable as there were before it.
          firstSequence: Math.min(found.frame.durable, found.frame.sequence),
          first: found.frame.first,
          note: undefined,
        };
    return undefined;
  } finally {
    await file.close();
  }
}

/** Bytes that a segment has at most when the process ended while its header was written. */
const begun = 4096;

/**
 * The files that are segments, with their headers. What was being made when the process ended goes: a file without
 * header and frames, and one without header whose frames all went to a later segment again.
 */
async function usable(options: RecoveryOptions): Promise<[FoundFile, SegmentHeader][]> {
  const { folder, files, droppedTo = 0 } = options;
  const kept: [FoundFile, SegmentHeader][] = [];
  let nextSequence = Number.POSITIVE_INFINITY;
  for (const candidate of (await findFiles(folder, files)).reverse()) {
    const header = candidate.header ?? (await headerFromFrames(candidate.path, files));
    if (header !== undefined && header.firstSequence < droppedTo) await files.unlink(candidate.path);
    else if (header !== undefined && header.firstSequence < nextSequence + (candidate.header ? 1 : 0)) {
      kept.push([candidate, header]);
      nextSequence = header.firstSequence;
    } else if (header === undefined && nextSequence === Number.POSITIVE_INFINITY && candidate.size <= begun)
      await files.unlink(candidate.path);
    else await files.rename(candidate.path, `${candidate.path}.damaged`);
  }
  return kept.reverse();
}

/** Reads the log in `folder`; what it returns and visited is durable. */
export async function recover(options: RecoveryOptions): Promise<Recovered> {
  const { folder, files } = options;
  const damage = new Damage(files, options.log);
  const segments: Segment[] = [];
  // A killed process leaves names and bytes in the page cache that no disk has yet; nothing may build on them before.
  await files.syncFolder(folder, 'recovered folder');
  const found = await usable(options);
  for (const [index, [foundFile, header]] of found.entries()) {
    const segment = segmentOf(foundFile, header);
    segments.push(segment);
    const next = found[index + 1]?.[1];
    const endSequence = next?.firstSequence ?? Number.POSITIVE_INFINITY;
    const file = await files.open(foundFile.path, next === undefined ? 'write' : 'read');
    try {
      // Without its header it is not known where it begins, so what its frames add up to must be counted anew.
      const isWhole = next !== undefined && foundFile.header !== undefined;
      const known = isWhole ? await options.known?.(segment, endSequence, await file.size()) : undefined;
      if (known !== undefined) {
        Object.assign(segment, known, { landmarks: [...known.landmarks], missing: [...known.missing] });
        continue;
      }
      const scan = new Scan(segment, options, damage);
      await scan.run(file, foundFile.from, endSequence);
      if (next !== undefined && segment.endSequence < next.firstSequence)
        await damage.found(file, segment.path, segment.bytes, await file.size(), next.first - segment.end);
      if (next === undefined) {
        // What lies behind is left where it is: the header of the next segment says that it counts for nothing.
        await rewrite(file, scan.unprovenFrom, segment.bytes);
        await file.sync('recovered segment');
      }
    } finally {
      await file.close();
    }
  }
  return { segments, damage };
}
