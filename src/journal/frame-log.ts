/**
 * An append-only log of frames over segment files: group commit, rotation, what to do when the disk fails. The
 * journal and the quarantine are each one of these.
 *
 * Many appends share one fsync: while one group is written and synced, the next gathers. A group goes to the disk in
 * the order of the appends, so positions are consecutive and become visible in order.
 *
 * When the disk is full, what is in flight is cut off again and rejected. When it fails otherwise (a failed fsync
 * tells nothing about what is on the disk, and asking again would lie), the segment is closed and the same frames go
 * to a new one, again and again until it works or the log is closed; only then they are acknowledged.
 */
import type { Clock, Log } from '../core/ports.ts';
import type { Damage } from './damage.ts';
import { errorCode, type JournalFile, type JournalFiles } from './files.ts';
import { encodeFrame, type Frame } from './frame.ts';
import { type ReadFrame, readFrames } from './read-segments.ts';
import { type KnownSegment, recover } from './recovery.ts';
import { Room } from './room.ts';
import { encodeHeader, extend, type Segment, segmentFormat, segmentPath } from './segment.ts';
import { writeAll } from './whole-file.ts';

/** Why an append did not take place; nothing of it is in the log. */
export class NotJournalled extends Error {
  /** `full`: the disk has no room. `closed`: the log is shutting down. */
  readonly code: 'full' | 'closed';

  constructor(code: 'full' | 'closed', cause?: unknown) {
    super(code === 'full' ? 'The disk of the journal is full' : 'The journal is closed', { cause });
    this.code = code;
  }
}

export interface FrameLogOptions {
  readonly folder: string;
  readonly files: JournalFiles;
  readonly clock: Clock;
  readonly log: Log;
  /** Noted in the header of each new segment. */
  readonly note: unknown;
  /** A segment is closed when it has this many bytes or is this old (microseconds). */
  readonly segmentBytes: number;
  readonly segmentAge: number;
  /** Bytes of appends under way at most; further ones wait. */
  readonly inFlightBytes: number;
  /** Waits before the disk is tried again. */
  readonly pause: (milliseconds: number) => Promise<void>;
  /** Called once when the disk is full: whether some room was made, so that it is worth another try. */
  readonly makeRoom?: () => Promise<boolean>;
  /** See recovery. */
  readonly droppedTo?: number;
  visit(frame: Frame, segment: Segment): void;
  known?(segment: Segment, endSequence: number): Promise<KnownSegment | undefined>;
  /** A segment that will not change any more. */
  closed?(segment: Segment): void;
}

export interface Append {
  /** Events it holds. */
  readonly count: number;
  /** Bytes it takes in memory until it is durable. */
  readonly bytes: number;
  /** The body of the frame, given the position of its first event. */
  encode(first: number): readonly Uint8Array[] | Promise<readonly Uint8Array[]>;
  /** Called when it is durable, in the order of the positions, before the append resolves. */
  durable?(frame: Omit<Frame, 'body'>, segment: Segment): void;
}

interface Slot {
  readonly append: Append;
  readonly sequence: number;
  readonly first: number;
  parts: readonly Uint8Array[] | undefined;
  failure: unknown;
  readonly done: PromiseWithResolvers<{ readonly first: number }>;
}

const groupBytes = 32 << 20;
const isFull = (error: unknown): boolean => ['ENOSPC', 'EDQUOT'].includes(errorCode(error) ?? '');

export class FrameLog {
  readonly #options: FrameLogOptions;
  readonly segments: Segment[];
  readonly damage: Damage;
  /** The file of the last segment while it is appended to. */
  #file: JournalFile | undefined;
  #opened = 0;
  /** Files that may hold frames which were never acknowledged, and the byte up to which they count. */
  #unfenced: { readonly file: JournalFile; readonly bytes: number }[] = [];
  #slots: Slot[] = [];
  #nextSequence: number;
  #nextPosition: number;
  #sequence: number;
  #end: number;
  readonly #room: Room;
  #committing: Promise<void> | undefined;
  #closing = false;
  /** Since when the disk refuses, for the pressure gauge. */
  failing = false;
  fsyncs = 0;

  constructor(options: FrameLogOptions, segments: readonly Segment[], damage: Damage) {
    this.#options = options;
    this.#room = new Room(options.inFlightBytes);
    this.segments = [...segments];
    this.damage = damage;
    const last = this.segments.at(-1);
    this.#sequence = this.#nextSequence = last?.endSequence ?? 0;
    this.#end = this.#nextPosition = last?.end ?? 0;
  }

  /** Position behind the last durable event. */
  get end(): number {
    return this.#end;
  }

  /** The oldest position that is still here, or was not given out yet. */
  get oldest(): number {
    return this.segments[0]?.header.first ?? this.#end;
  }

  get bytes(): number {
    return this.segments.reduce((sum, segment) => sum + segment.bytes, 0);
  }

  get inFlight(): number {
    return this.#room.taken;
  }

  /** Resolves when the frame is durable; rejects with {@link NotJournalled}, and then nothing of it is in the log. */
  async append(append: Append): Promise<{ readonly first: number }> {
    if (this.#closing) throw new NotJournalled('closed');
    await this.#room.enter(append.bytes);
    try {
      return await this.#enqueue(append);
    } finally {
      this.#room.leave(append.bytes);
    }
  }

  #enqueue(append: Append): Promise<{ readonly first: number }> {
    const slot: Slot = {
      append,
      sequence: this.#nextSequence++,
      first: this.#nextPosition,
      parts: undefined,
      failure: undefined,
      done: Promise.withResolvers(),
    };
    this.#nextPosition += append.count;
    this.#slots.push(slot);
    void this.#encode(slot);
    return slot.done.promise;
  }

  async #encode(slot: Slot): Promise<void> {
    try {
      slot.parts = await slot.append.encode(slot.first);
    } catch (error) {
      slot.failure = error;
    }
    this.#committing ??= this.#commitAll();
  }

  async #commitAll(): Promise<void> {
    // One turn of the event loop, so that the appends of all sockets that are readable now share the fsync.
    await new Promise(setImmediate);
    for (;;) {
      const failure = this.#slots[0]?.failure;
      if (failure !== undefined) this.#reject(failure);
      const group = this.#group();
      if (group.length === 0) break;
      await this.#commit(group);
    }
    this.#committing = undefined;
  }

  /** The appends at the head of the queue that are encoded. */
  #group(): Slot[] {
    let bytes = 0;
    let count = 0;
    for (const { parts } of this.#slots) {
      if (parts === undefined || bytes > groupBytes) break;
      bytes += parts.reduce((sum, part) => sum + part.byteLength, 0);
      count++;
    }
    return this.#slots.slice(0, count);
  }

  async #commit(group: readonly Slot[]): Promise<void> {
    const { log, pause, makeRoom } = this.#options;
    let madeRoom = false;
    for (let attempt = 0; ; attempt++) {
      try {
        await this.#write(group);
        this.failing = false;
        return;
      } catch (error) {
        this.failing = true;
        await this.#giveUpFile();
        const full = isFull(error);
        log.error(full ? 'The disk of the journal is full' : 'The disk of the journal fails', {
          folder: this.#options.folder,
          reason: errorCode(error) ?? String(error),
          appends: group.length,
        });
        if (full && !madeRoom) {
          madeRoom = true;
          if (await makeRoom?.().catch(() => false)) continue;
        }
        // Rejected only when nothing of it can come back; until then its fate is unknown and nobody is told anything.
        const nothingLeft = (full || this.#closing) && (await this.#fence());
        if (nothingLeft || this.#closing) {
          this.failing = !full;
          this.#reject(new NotJournalled(full ? 'full' : 'closed', error));
          return;
        }
        await pause(Math.min(5000, 50 * 2 ** attempt));
      }
    }
  }

  async #write(group: readonly Slot[]): Promise<void> {
    const written = this.#options.clock();
    const segment = await this.#segmentFor(written);
    const file = this.#file as JournalFile;
    const heads = group.map(({ sequence, first, append }) => ({
      sequence,
      durable: this.#sequence,
      first,
      count: append.count,
      written,
    }));
    const frames = heads.map((head, index) => encodeFrame(head, (group[index] as Slot).parts ?? []));
    await writeAll(file, frames.length === 1 ? (frames[0] as Buffer) : Buffer.concat(frames), segment.bytes);
    await file.sync('batches');
    this.fsyncs++;
    if (segment.endSequence === segment.header.firstSequence) {
      await this.#options.files.syncFolder(this.#options.folder, 'new segment');
      this.fsyncs++;
    }
    // From here on nothing can fail: the group is durable, and the new segment's header bars what lies behind the old.
    await this.#release();
    for (const [index, slot] of group.entries()) {
      const at = segment.bytes;
      const head = heads[index] as (typeof heads)[number];
      extend(segment, head, at, at + (frames[index] as Buffer).length);
      this.#sequence = segment.endSequence;
      this.#end = segment.end;
      slot.append.durable?.(head, segment);
      slot.done.resolve({ first: slot.first });
    }
    this.#slots.splice(0, group.length);
  }

  async #segmentFor(now: number): Promise<Segment> {
    const { segmentBytes, segmentAge, folder, files, note } = this.#options;
    const last = this.segments.at(-1);
    if (this.#file !== undefined && last !== undefined) {
      if (last.bytes < segmentBytes && now - this.#opened < segmentAge) return last;
      const file = this.#file;
      this.#file = undefined;
      await file.close().catch(() => undefined);
      this.#options.closed?.(last);
    }
    const ordinal = (last?.ordinal ?? 0) + 1;
    const header = { format: segmentFormat, firstSequence: this.#sequence, first: this.#end, note };
    const bytes = encodeHeader(header);
    const path = segmentPath(folder, ordinal);
    const file = await files.open(path, 'create');
    this.#file = file;
    this.#opened = now;
    const segment: Segment = {
      ordinal,
      path,
      header,
      endSequence: header.firstSequence,
      end: header.first,
      bytes: bytes.length,
      written: now,
      landmarks: [],
    };
    this.segments.push(segment);
    await writeAll(file, bytes, 0);
    return segment;
  }

  /** Stops appending to the current file; it may hold frames that nobody was told about. */
  async #giveUpFile(): Promise<void> {
    const segment = this.segments.at(-1);
    if (this.#file === undefined || segment === undefined) return;
    this.#unfenced.push({ file: this.#file, bytes: segment.bytes });
    this.#file = undefined;
    this.#options.closed?.(segment);
  }

  /** Cuts off what was never acknowledged; whether that is durable. */
  async #fence(): Promise<boolean> {
    try {
      for (const { file, bytes } of this.#unfenced) {
        await file.truncate(bytes);
        await file.sync('cut');
        this.fsyncs++;
      }
      await this.#release();
      await this.#removeEmpty();
      return true;
    } catch {
      return false;
    }
  }

  async #release(): Promise<void> {
    const files = this.#unfenced;
    this.#unfenced = [];
    for (const { file } of files) await file.close().catch(() => undefined);
  }

  /** Files that were begun and got no frame, so that a disk that stays full does not fill with them. */
  async #removeEmpty(): Promise<void> {
    const { files } = this.#options;
    for (let last = this.segments.at(-1); last !== undefined; last = this.segments.at(-1)) {
      if (last.endSequence > last.header.firstSequence) return;
      await files.unlink(last.path);
      this.segments.pop();
    }
  }

  /** Rejects all that is in flight: positions behind the end were given out and are given out again. */
  #reject(error: unknown): void {
    const slots = this.#slots;
    this.#slots = [];
    this.#nextSequence = this.#sequence;
    this.#nextPosition = this.#end;
    for (const { done } of slots) done.reject(error);
  }

  /** The durable frames from the one that holds `position` on, as far as the log goes now. */
  read(position: number): AsyncGenerator<ReadFrame, void> {
    const { segments, damage } = this;
    return readFrames({ segments, files: this.#options.files, damage }, position);
  }

  /** How many of the oldest segments may be dropped: one with frames stays, as it says where the log goes on. */
  get droppable(): number {
    return Math.max(
      0,
      this.segments.findLastIndex((each) => each.endSequence > each.header.firstSequence),
    );
  }

  /** Deletes the oldest `count` segments, at most {@link droppable}. */
  async drop(count: number): Promise<void> {
    for (const segment of this.segments.splice(0, Math.min(count, this.droppable)))
      await this.#options.files.unlink(segment.path);
  }

  /** Ends when all that is in flight is durable or rejected; later appends are rejected. */
  async close(): Promise<void> {
    this.#closing = true;
    while (this.#room.taken > 0 || this.#committing !== undefined) {
      await this.#committing;
      await new Promise(setImmediate);
    }
    await this.#release();
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }
}

/** Opens the log in `folder`, which must exist. */
export async function openFrameLog(options: FrameLogOptions): Promise<FrameLog> {
  const { segments, damage } = await recover(options);
  return new FrameLog(options, segments, damage);
}
