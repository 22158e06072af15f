/**
 * A segment: one append-only file of a log. It begins with a header that says where it begins in the log; frames
 * follow. A log's segments are numbered by their names, and **a segment ends where the next one begins**: frames with
 * a sequence at or behind the next segment's first were never acknowledged there, and count for nothing.
 */
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Range } from '../core/journal.ts';
import type { JournalFile } from './files.ts';

/** Version of the layout of segment and frame. A reader knows its own and the one before. */
export const segmentFormat = 1;

export interface SegmentHeader {
  readonly format: number;
  /** Sequence of its first frame, and position of its first event. */
  readonly firstSequence: number;
  readonly first: number;
  /** What the owner of the log notes, such as the columns of its rows. */
  readonly note: unknown;
}

/** A segment as the running log knows it. Byte numbers are offsets in its file. */
export interface Segment {
  readonly ordinal: number;
  readonly path: string;
  readonly header: SegmentHeader;
  /** Sequence and position behind its last durable frame. */
  endSequence: number;
  end: number;
  /** Byte behind its last durable frame. */
  bytes: number;
  /** When its last frame was written, microseconds. */
  written: number;
  /** Byte of the first frame, then of one frame in each stretch of some size, by position. */
  readonly landmarks: { readonly first: number; readonly at: number }[];
  /** Positions between its frames that none of them has. */
  readonly missing: Range[];
}

const suffix = '.segment';

export const segmentPath = (folder: string, ordinal: number): string =>
  join(folder, `${String(ordinal).padStart(10, '0')}${suffix}`);

/** The number of a segment by its file name; undefined for another file. */
export function segmentOrdinal(name: string): number | undefined {
  const digits = name.endsWith(suffix) ? name.slice(0, -suffix.length) : '';
  return /^\d{10,}$/.test(digits) ? Number(digits) : undefined;
}

const magic = Buffer.from('GSLOG\n');
const lengthAt = magic.length;
const crcAt = lengthAt + 4;
const textAt = crcAt + 4;

/** Magic, length, CRC-32, JSON. */
export function encodeHeader(header: SegmentHeader): Buffer {
  const text = Buffer.from(`${JSON.stringify(header)}\n`);
  const bytes = Buffer.alloc(textAt + text.length);
  magic.copy(bytes);
  bytes.writeUInt32LE(text.length, lengthAt);
  bytes.writeUInt32LE(crc32(text), crcAt);
  text.copy(bytes, textAt);
  return bytes;
}

/** The header of a file and the byte behind it; undefined when there is no whole one. */
export async function readHeader(
  file: JournalFile,
): Promise<{ readonly header: SegmentHeader; readonly end: number } | undefined> {
  const head = Buffer.alloc(textAt);
  if ((await file.read(head, 0)) < textAt || !head.subarray(0, magic.length).equals(magic)) return undefined;
  const length = head.readUInt32LE(lengthAt);
  // A torn header may be zeros, whose CRC-32 is right for a text of length 0.
  if (length === 0 || textAt + length > (await file.size())) return undefined;
  const text = Buffer.alloc(length);
  await file.read(text, textAt);
  if (crc32(text) !== head.readUInt32LE(crcAt)) return undefined;
  return { header: JSON.parse(text.toString()) as SegmentHeader, end: textAt + length };
}

const landmarkEvery = 256 * 1024;

/** Moves the end of `segment` behind a frame that is durable. */
export function extend(
  segment: Segment,
  frame: {
    readonly sequence: number;
    readonly first: number;
    readonly count: number;
    readonly written: number;
  },
  at: number,
  end: number,
): void {
  const last = segment.landmarks.at(-1);
  if (last === undefined || at - last.at >= landmarkEvery) segment.landmarks.push({ first: frame.first, at });
  if (frame.first > segment.end) segment.missing.push({ first: segment.end, end: frame.first });
  segment.endSequence = frame.sequence + 1;
  segment.end = frame.first + frame.count;
  segment.bytes = end;
  segment.written = frame.written;
}

/** A byte of `segment` at or before the frame that holds `position`. */
export function landmarkBefore(segment: Segment, position: number): number | undefined {
  let [low, high] = [0, segment.landmarks.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((segment.landmarks[middle] as { first: number }).first <= position) low = middle + 1;
    else high = middle;
  }
  return segment.landmarks[Math.max(0, low - 1)]?.at;
}
