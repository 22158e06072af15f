/**
 * Appends to the last segment of a log and begins new ones. A segment that was begun after a start, or after a
 * failure, bars by its header whatever lies unacknowledged at the end of the one before.
 */
import { errorCode, type JournalFile, type JournalFiles } from './files.ts';
import { encodeHeader, type Segment, segmentFormat, segmentPath } from './segment.ts';
import { writeAll } from './whole-file.ts';

export interface SegmentWriterOptions {
  readonly folder: string;
  readonly files: JournalFiles;
  /** Noted in the header of each new segment. */
  readonly note: unknown;
  /** A segment is closed when it has this many bytes or is this old (microseconds). */
  readonly segmentBytes: number;
  readonly segmentAge: number;
  /** A segment that will not change any more. */
  closed?(segment: Segment): void;
}

const isEmpty = (segment: Segment): boolean => segment.endSequence === segment.header.firstSequence;

/** Pieces up to here are joined to one write with their neighbours; larger ones are not worth copying. */
const smallPiece = 1 << 20;

function joinSmall(pieces: readonly Uint8Array[]): readonly Uint8Array[] {
  const joined: Uint8Array[] = [];
  let small: Uint8Array[] = [];
  let bytes = 0;
  const close = (): void => {
    if (small.length > 0) joined.push(Buffer.concat(small));
    small = [];
    bytes = 0;
  };
  for (const piece of pieces) {
    if (bytes + piece.byteLength > smallPiece) close();
    if (piece.byteLength > smallPiece) joined.push(piece);
    else {
      small.push(piece);
      bytes += piece.byteLength;
    }
  }
  close();
  return joined;
}

export class SegmentWriter {
  readonly #options: SegmentWriterOptions;
  /** In order; all but perhaps the last have frames. */
  readonly segments: Segment[];
  /** The file of the last segment while it is appended to. */
  #file: JournalFile | undefined;
  #begun = 0;
  #begins = { sequence: 0, position: 0 };
  /** Files that may hold frames which were never acknowledged, and the byte up to which they count. */
  readonly #unfenced = new Map<string, number>();
  fsyncs = 0;

  constructor(options: SegmentWriterOptions, segments: readonly Segment[]) {
    this.#options = options;
    this.segments = [...segments];
  }

  /** Sequence and position behind the last durable frame. */
  get sequence(): number {
    return this.segments.at(-1)?.endSequence ?? this.#begins.sequence;
  }

  get end(): number {
    return Math.max(this.segments.at(-1)?.end ?? 0, this.#begins.position);
  }

  /**
   * The next segment begins at `position` at the earliest, and the first of all at `sequence`. To be called before
   * anything is written.
   */
  beginAt(begins: { readonly sequence: number; readonly position: number }): void {
    this.#begins = begins;
  }

  /**
   * Resolves when `pieces` are durable behind the end of the segment it returns; the caller moves that end. After a
   * rejection nothing is known: the caller must {@link giveUp}.
   */
  async write(pieces: readonly Uint8Array[], now: number): Promise<Segment> {
    const segment = await this.#segmentFor(now);
    const file = this.#file as JournalFile;
    let at = segment.bytes;
    for (const piece of joinSmall(pieces)) {
      await writeAll(file, piece, at);
      at += piece.byteLength;
    }
    await file.sync('batches');
    this.fsyncs++;
    if (isEmpty(segment)) {
      await this.#options.files.syncFolder(this.#options.folder, 'new segment');
      this.fsyncs++;
    }
    // Its header is durable, so what was given up before it counts for nothing.
    this.#unfenced.clear();
    return segment;
  }

  async #segmentFor(now: number): Promise<Segment> {
    const { segmentBytes, segmentAge } = this.#options;
    const last = this.segments.at(-1);
    if (this.#file === undefined || last === undefined) return this.#begin(now);
    if (last.bytes < segmentBytes && now - this.#begun < segmentAge) return last;
    await this.#closeFile();
    this.#options.closed?.(last);
    return this.#begin(now);
  }

  async #begin(now: number): Promise<Segment> {
    const { folder, files, note } = this.#options;
    const ordinal = (this.segments.at(-1)?.ordinal ?? 0) + 1;
    const header = { format: segmentFormat, firstSequence: this.sequence, first: this.end, note };
    const bytes = encodeHeader(header);
    const path = segmentPath(folder, ordinal);
    this.#file = await files.open(path, 'create');
    this.#begun = now;
    const segment: Segment = {
      ordinal,
      path,
      header,
      endSequence: header.firstSequence,
      end: header.first,
      bytes: bytes.length,
      written: now,
      landmarks: [],
      missing: [],
    };
    this.segments.push(segment);
    await writeAll(this.#file, bytes, 0);
    return segment;
  }

  /**
   * Stops appending to the current file. One that got no frame is begun again by the next write, all of it, so that a
   * disk that goes on failing does not fill with files.
   */
  async giveUp(): Promise<void> {
    const segment = this.segments.at(-1);
    if (this.#file === undefined || segment === undefined) return;
    await this.#closeFile();
    this.#unfenced.set(segment.path, segment.bytes);
    if (isEmpty(segment)) this.segments.pop();
    else this.#options.closed?.(segment);
  }

  /** Cuts off what was never acknowledged in the files given up; whether it is durable that nothing of it is left. */
  async fence(): Promise<boolean> {
    const { files } = this.#options;
    try {
      for (const [path, bytes] of this.#unfenced) await this.#cut(path, bytes);
      const kept = new Set(this.segments.map(({ path }) => path));
      for (const path of this.#unfenced.keys()) if (!kept.has(path)) await files.unlink(path);
      this.#unfenced.clear();
      return true;
    } catch {
      return false;
    }
  }

  async #cut(path: string, bytes: number): Promise<void> {
    const file = await this.#options.files.open(path, 'write').catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    });
    if (file === undefined) return;
    try {
      await file.truncate(bytes);
      await file.sync('cut');
      this.fsyncs++;
    } finally {
      await file.close();
    }
  }

  /** How many of the oldest segments may be dropped: the last one with frames stays, as it says where to go on. */
  get droppable(): number {
    const last = this.segments.findLastIndex((segment) => !isEmpty(segment));
    return Math.max(0, last);
  }

  /** Deletes the oldest `count` segments, at most {@link droppable}. */
  async drop(count: number): Promise<void> {
    for (const segment of this.segments.splice(0, Math.min(count, this.droppable)))
      await this.#options.files.unlink(segment.path);
  }

  async #closeFile(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    // What close might tell, fsync has told before or the file is given up.
    await file?.close().catch(() => undefined);
  }

  close(): Promise<void> {
    return this.#closeFile();
  }
}
