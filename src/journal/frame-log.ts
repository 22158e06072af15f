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
import type { Clock } from '../core/ports.ts';
import type { Damage } from './damage.ts';
import { errorCode } from './files.ts';
import { encodeFrame, type Frame, type FrameHead } from './frame.ts';
import { type ReadFrame, readFrames } from './read-segments.ts';
import { type Recovered, type RecoveryOptions, recover } from './recovery.ts';
import { Room } from './room.ts';
import { extend, type Segment } from './segment.ts';
import { SegmentWriter, type SegmentWriterOptions } from './segment-writer.ts';

/**
 * Why an append did not take place. `full`: the disk has no room. `closed`: the log is shutting down. Nothing of it is
 * in the log then. `unknown`: the log was closed while the disk failed, and what is on the disk cannot be known; the
 * append may be found by the next recovery.
 */
export type NotJournalledCode = 'full' | 'closed' | 'unknown';

const reasons: Readonly<Record<NotJournalledCode, string>> = {
  full: 'The disk of the journal is full',
  closed: 'The journal is closed',
  unknown: 'The journal was closed while its disk failed',
};

export class NotJournalled extends Error {
  readonly code: NotJournalledCode;

  constructor(code: NotJournalledCode, cause?: unknown) {
    super(reasons[code], { cause });
    this.code = code;
  }
}

export interface FrameLogOptions extends SegmentWriterOptions, RecoveryOptions {
  readonly clock: Clock;
  /** Bytes of appends under way at most; further ones wait. */
  readonly inFlightBytes: number;
  /** Waits before the disk is tried again. */
  readonly pause: (milliseconds: number) => Promise<void>;
  /** Called when the disk is full: whether some room was made, so that it is worth another try. */
  readonly makeRoom?: () => Promise<boolean>;
}

/** A segment file, and the byte up to which it is durable. */
export interface DurableSegment {
  readonly path: string;
  readonly bytes: number;
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
  readonly #writer: SegmentWriter;
  readonly #room: Room;
  readonly damage: Damage;
  /** Appends under way, in the order of their positions. */
  #slots: Slot[] = [];
  #nextSequence: number;
  #nextPosition: number;
  #committing: Promise<void> | undefined;
  #closing = false;
  /** Whether the disk refuses; then appends wait and nobody is told anything. */
  failing = false;

  constructor(options: FrameLogOptions, { segments, damage }: Recovered) {
    this.#options = options;
    this.#room = new Room(options.inFlightBytes);
    this.#writer = new SegmentWriter(options, segments);
    this.damage = damage;
    this.#nextSequence = this.#writer.sequence;
    this.#nextPosition = this.#writer.end;
  }

  /**
   * The next append gets `position` at the earliest; in a log without segments its frame gets `sequence`. To be called
   * before the first append.
   */
  beginAt(begins: { readonly sequence: number; readonly position: number }): void {
    this.#writer.beginAt(begins);
    this.#nextSequence = this.#writer.sequence;
    this.#nextPosition = this.#writer.end;
  }

  /** Sequence of the next frame that becomes durable. */
  get sequence(): number {
    return this.#writer.sequence;
  }

  /** In order. */
  get segments(): readonly Segment[] {
    return this.#writer.segments;
  }

  /** Position behind the last durable event. */
  get end(): number {
    return this.#writer.end;
  }

  /** The oldest position that is still here, or was not given out yet. */
  get oldest(): number {
    return this.segments[0]?.header.first ?? this.end;
  }

  get bytes(): number {
    return this.segments.reduce((sum, segment) => sum + segment.bytes, 0);
  }

  get inFlight(): number {
    return this.#room.taken;
  }

  get fsyncs(): number {
    return this.#writer.fsyncs;
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
        await this.#writer.giveUp();
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
        const nothingLeft = (full || this.#closing) && (await this.#writer.fence());
        if (nothingLeft || this.#closing) {
          this.failing = !full;
          this.#reject(new NotJournalled(nothingLeft ? (full ? 'full' : 'closed') : 'unknown', error));
          return;
        }
        await pause(Math.min(5000, 50 * 2 ** attempt));
      }
    }
  }

  async #write(group: readonly Slot[]): Promise<void> {
    const written = this.#options.clock();
    const durable = this.#writer.sequence;
    const heads = group.map(({ sequence, first, append: { count } }) => {
      return { sequence, durable, first, count, written };
    });
    const pieces: Uint8Array[] = [];
    const lengths: number[] = [];
    for (const [index, { parts }] of group.entries()) {
      const frame = await encodeFrame(heads[index] as FrameHead, parts ?? []);
      lengths.push(frame.reduce((sum, piece) => sum + piece.byteLength, 0));
      pieces.push(...frame);
    }
    const segment = await this.#writer.write(pieces, written);
    for (const [index, slot] of group.entries()) {
      const head = heads[index] as FrameHead;
      extend(segment, head, segment.bytes, segment.bytes + (lengths[index] as number));
      slot.append.durable?.(head, segment);
      slot.done.resolve({ first: slot.first });
    }
    this.#slots.splice(0, group.length);
  }

  /** Rejects all that is in flight: positions behind the end were given out and are given out again. */
  #reject(error: unknown): void {
    const slots = this.#slots;
    this.#slots = [];
    this.#nextSequence = this.#writer.sequence;
    this.#nextPosition = this.#writer.end;
    for (const { done } of slots) done.reject(error);
  }

  /** The durable frames from the one that holds `position` on, as far as the log goes now. */
  read(position: number): AsyncGenerator<ReadFrame, void> {
    const { segments, damage } = this;
    return readFrames({ segments, files: this.#options.files, damage }, position);
  }

  /** What of the segments is durable now, in order: all but the last never change any more. For a backup. */
  durable(): readonly DurableSegment[] {
    return this.segments
      .filter(({ header, endSequence }) => endSequence > header.firstSequence)
      .map(({ path, bytes }) => ({ path, bytes }));
  }

  /** How many of the oldest segments may be dropped. */
  get droppable(): number {
    return this.#writer.droppable;
  }

  /** Deletes the oldest `count` segments, at most {@link droppable}. */
  drop(count: number): Promise<void> {
    return this.#writer.drop(count);
  }

  /** Ends when all that is in flight is durable or rejected; later appends are rejected. */
  async close(): Promise<void> {
    this.#closing = true;
    while (this.#room.taken > 0 || this.#committing !== undefined) {
      await this.#committing;
      await new Promise(setImmediate);
    }
    await this.#writer.close();
  }
}

/** Opens the log in `folder`, which must exist. */
export async function openFrameLog(options: FrameLogOptions): Promise<FrameLog> {
  return new FrameLog(options, await recover(options));
}
