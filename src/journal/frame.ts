/**
 * A frame: what one append leaves in a segment file. Header, then a body that only the owner of the log understands.
 *
 * Little-endian: magic u32, length of the body u32, CRC-32 u32 over all that follows, count u32, then as float64
 * (exact to 2^53): sequence, durable, first, written. The magic lets a reader find the next frame behind damage; it
 * may occur by chance in a body, so that only the CRC says that a frame is one.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import type { JournalFile } from './files.ts';

export interface Frame {
  /** Consecutive number of the frame in its log, from 0. */
  readonly sequence: number;
  /** Number of frames that were durable when this one was written: what is missing below it was lost, not torn. */
  readonly durable: number;
  /** Position of its first event, and how many it holds: the next frame begins at `first + count`. */
  readonly first: number;
  readonly count: number;
  /** When it was written, microseconds. */
  readonly written: number;
  readonly body: Buffer;
}

const magic = Buffer.from('GsF1');
export const frameHeaderBytes = 48;
const checkedFrom = 12;

/** Bytes summed up before others may run. */
const atOnce = 8 << 20;

export type FrameHead = Omit<Frame, 'body'>;

/** The pieces of a frame, one after the other: its header and the parts of its body. */
export async function encodeFrame(
  head: FrameHead,
  parts: readonly Uint8Array[],
): Promise<readonly Uint8Array[]> {
  const header = Buffer.alloc(frameHeaderBytes);
  magic.copy(header);
  header.writeUInt32LE(
    parts.reduce((sum, part) => sum + part.byteLength, 0),
    4,
  );
  header.writeUInt32LE(head.count, 12);
  header.writeDoubleLE(head.sequence, 16);
  header.writeDoubleLE(head.durable, 24);
  header.writeDoubleLE(head.first, 32);
  header.writeDoubleLE(head.written, 40);
  let sum = crc32(header.subarray(checkedFrom));
  let done = 0;
  for (const part of parts) {
    for (let from = 0; from < part.byteLength; from += atOnce) {
      const piece = part.subarray(from, from + atOnce);
      if (done + piece.byteLength > atOnce && done > 0) {
        done = 0;
        await nextTurn();
      }
      sum = crc32(piece, sum);
      done += piece.byteLength;
    }
  }
  header.writeUInt32LE(sum, 8);
  return [header, ...parts];
}

const decodeFrame = (bytes: Buffer): Frame => ({
  count: bytes.readUInt32LE(12),
  sequence: bytes.readDoubleLE(16),
  durable: bytes.readDoubleLE(24),
  first: bytes.readDoubleLE(32),
  written: bytes.readDoubleLE(40),
  body: bytes.subarray(frameHeaderBytes),
});

/** What lies in a stretch of a segment file: a whole frame, or bytes that are none. */
export type Found =
  | { readonly kind: 'frame'; readonly frame: Frame; readonly at: number; readonly end: number }
  | { readonly kind: 'damage'; readonly at: number; readonly end: number };

const pieceBytes = 1 << 20;

/** Reads a file in pieces; what it gave out stays valid. */
class Window {
  readonly #file: JournalFile;
  readonly #end: number;
  #bytes: Buffer = Buffer.alloc(0);
  #from = 0;

  constructor(file: JournalFile, end: number) {
    this.#file = file;
    this.#end = end;
  }

  /** The bytes `at` … `at + length` without waiting when they are at hand; fewer at the end of the stretch. */
  take(at: number, length: number): Buffer | Promise<Buffer> {
    const wanted = Math.max(0, Math.min(length, this.#end - at));
    const offset = at - this.#from;
    if (offset >= 0 && offset + wanted <= this.#bytes.length)
      return this.#bytes.subarray(offset, offset + wanted);
    return this.#fill(at, wanted);
  }

  async #fill(at: number, wanted: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(Math.min(Math.max(wanted, pieceBytes), this.#end - at));
    this.#bytes = bytes.subarray(0, await this.#file.read(bytes, at));
    this.#from = at;
    return this.#bytes.subarray(0, wanted);
  }
}

/** The frame at `at`, or undefined when there is no whole one. */
async function frameAt(window: Window, at: number, end: number): Promise<Buffer | undefined> {
  const peeked = window.take(at, frameHeaderBytes);
  const head = peeked instanceof Promise ? await peeked : peeked;
  if (head.length < frameHeaderBytes || !head.subarray(0, magic.length).equals(magic)) return undefined;
  const length = frameHeaderBytes + head.readUInt32LE(4);
  if (at + length > end) return undefined;
  const taken = window.take(at, length);
  const bytes = taken instanceof Promise ? await taken : taken;
  if (bytes.length < length || crc32(bytes.subarray(checkedFrom)) !== bytes.readUInt32LE(8)) return undefined;
  return bytes;
}

/** Where the next magic is at or behind `from`, or `end`. */
async function nextMagic(window: Window, from: number, end: number): Promise<number> {
  for (let at = from; at < end; at += pieceBytes) {
    const piece = await window.take(at, pieceBytes + magic.length - 1);
    const found = piece.indexOf(magic);
    if (found >= 0) return at + found;
  }
  return end;
}

/** All that lies between the bytes `from` and `end` of a segment file, in order and without a gap. */
export async function* scanFrames(file: JournalFile, from: number, end: number): AsyncGenerator<Found, void> {
  const window = new Window(file, end);
  for (let at = from; at < end; ) {
    const start = at;
    let bytes = await frameAt(window, at, end);
    while (bytes === undefined && at < end) {
      at = await nextMagic(window, at + 1, end);
      bytes = await frameAt(window, at, end);
    }
    if (at > start) yield { kind: 'damage', at: start, end: at };
    if (bytes === undefined) return;
    yield { kind: 'frame', frame: decodeFrame(bytes), at, end: at + bytes.length };
    at += bytes.length;
  }
}
