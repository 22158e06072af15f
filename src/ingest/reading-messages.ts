/** What the main thread and a thread that reads packs say to each other. */
import type { Family } from '../core/event.ts';
import type { Problem } from '../core/result.ts';
import type { Decoded } from '../core/spec.ts';
import type { PackFacts, ReadPack } from './read-pack.ts';
import type { RedactionOptions } from './redaction/redact.ts';

/** What a thread is started with. */
export interface ReadingOrders {
  readonly redaction: RedactionOptions;
  /** Largest record, in bytes. */
  readonly largest: number;
  /** See {@link RecordReading}. */
  readonly ownRetention?: readonly Family[];
}

/** A pack to be read. Its bytes are a copy, and handed over. */
export interface PackQuestion {
  readonly first: number;
  readonly facts: PackFacts;
  /** The records one after the other, and where each ends. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly ends: Uint32Array;
  /** Where each lies in its body. */
  readonly lines: Float64Array;
  readonly places: Float64Array;
  readonly sizes: ReadonlyMap<number, number>;
  readonly ids: ReadonlyMap<number, string>;
  readonly problems: ReadonlyMap<number, Problem>;
}

/** The first answer says that the thread is ready; then there is one for each pack. */
export type PackAnswer =
  | 'ready'
  | {
      readonly read: ReadPack;
      /** Exceptions, which are bugs of an event type. */
      readonly bugs: readonly { readonly type: string; readonly error: string }[];
    };

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export function askFor(records: readonly Decoded[], first: number, facts: PackFacts): PackQuestion {
  const count = records.length;
  const bytes = Buffer.allocUnsafeSlow(records.reduce((sum, record) => sum + record.bytes.length, 0));
  const ends = new Uint32Array(count);
  const lines = new Float64Array(count);
  const places = new Float64Array(count);
  const sizes = new Map<number, number>();
  const ids = new Map<number, string>();
  const problems = new Map<number, Problem>();
  let at = 0;
  for (const [index, record] of records.entries()) {
    bytes.set(record.bytes, at);
    at += record.bytes.length;
    ends[index] = at;
    lines[index] = record.line;
    places[index] = record.byte;
    if (record.size !== undefined) sizes.set(index, record.size);
    if (record.id !== undefined) ids.set(index, record.id);
    if (record.problem !== undefined) problems.set(index, record.problem);
  }
  return { first, facts, bytes, ends, lines, places, sizes, ids, problems };
}

export function recordsOf({ bytes, ends, lines, places, sizes, ids, problems }: PackQuestion): Decoded[] {
  const all = asBuffer(bytes);
  return Array.from(ends, (end, index) => {
    const size = sizes.get(index);
    const id = ids.get(index);
    const problem = problems.get(index);
    return {
      bytes: all.subarray(ends[index - 1] ?? 0, end),
      line: lines[index] as number,
      byte: places[index] as number,
      ...(size === undefined ? {} : { size }),
      ...(id === undefined ? {} : { id }),
      ...(problem === undefined ? {} : { problem }),
    };
  });
}

/** As it was before it was sent: buffers arrive as plain arrays of bytes. */
export function received(read: ReadPack): ReadPack {
  const refused = new Map(
    Array.from(read.refused, ([index, record]) => [index, { ...record, bytes: asBuffer(record.bytes) }]),
  );
  return { ...read, rows: asBuffer(read.rows), refused };
}
