/**
 * Reads a pack: some records of one payload, together. What they became lies side by side in few pieces of memory, so
 * that it can be handed from thread to thread, and to the journal, without a look at each record.
 */
import { giveBack } from '../core/give-back.ts';
import { usualRetention } from '../core/journal.ts';
import { type Cells, slotOf } from '../core/row.ts';
import { rowBytes, writeRow } from '../core/row-writer.ts';
import type { Decoded } from '../core/spec.ts';
import { type Place, placeNames } from './identity.ts';
import { createRecordReading, type RecordReading, type RefusedRecord } from './read-record.ts';
import type { RuleCounts } from './redaction/counts.ts';

/** What holds for all records of one payload. */
export interface PackFacts {
  readonly tenant: string;
  readonly received: number;
  readonly vocabulary: string | undefined;
  readonly place: Place;
}

/** What became of the records of a pack, each under its index in it. */
export interface ReadPack {
  /** Ids of the events; empty where a record was refused, as are the rest. */
  readonly ids: readonly string[];
  /** Microseconds since 1970. */
  readonly times: Float64Array;
  readonly idHashes: BigUint64Array;
  readonly contentHashes: Uint32Array;
  /** The rows of the events (`core/row.ts`), each with a line feed, and where each ends. */
  readonly rows: Buffer;
  readonly ends: Uint32Array;
  /** Retention classes; undefined where all are of the usual one. */
  readonly retention: readonly string[] | undefined;
  readonly refused: ReadonlyMap<number, RefusedRecord>;
  /** How much was redacted in what is an event. */
  readonly redacted: ReadonlyMap<number, RuleCounts>;
}

/** Reads records that lie in their payload from `first` on. Pure, and never fails. */
export type PackReading = (records: readonly Decoded[], first: number, facts: PackFacts) => ReadPack;

const lineFeed = 0x0a;
/** What a row has beside its record, mostly. */
const besideRecord = 512;

/** Rows in one piece of memory, which is all theirs, so that it can be handed over. */
class Rows {
  #bytes: Buffer;
  #used = 0;
  #classes: string[] | undefined;

  constructor(records: readonly Decoded[]) {
    const raw = records.reduce((sum, { bytes }) => sum + bytes.length, 0);
    // Of a single record it is known what its row takes once it is read.
    const room = records.length === 1 ? 0 : Math.ceil(raw * 1.25) + records.length * besideRecord;
    this.#bytes = Buffer.allocUnsafeSlow(room);
  }

  /** Where the row of `cells` ends, that of the record at `index`. */
  add(cells: Cells, index: number): number {
    const most = this.#used + rowBytes(cells) + 1;
    if (most > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(most, Math.ceil(this.#bytes.length * 1.5)));
      this.#bytes.copy(larger, 0, 0, this.#used);
      giveBack(this.#bytes);
      this.#bytes = larger;
    }
    const end = writeRow(cells, this.#bytes, this.#used);
    this.#bytes[end] = lineFeed;
    this.#used = end + 1;
    const retention = cells[slotOf.retention] as string;
    if (retention !== usualRetention) this.#classes ??= [];
    if (this.#classes !== undefined) this.#classes[index] = retention;
    return this.#used;
  }

  get end(): number {
    return this.#used;
  }

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#used);
  }

  retention(count: number): readonly string[] | undefined {
    const classes = this.#classes;
    return classes && Array.from({ length: count }, (_, index) => classes[index] ?? usualRetention);
  }
}

/** What is compiled is compiled once. */
export function createPackReading(options: RecordReading): PackReading {
  const readRecord = createRecordReading(options);

  return function readPack(records, first, { tenant, received, vocabulary, place }) {
    const count = records.length;
    const about = { tenant, received, vocabulary, placeName: placeNames(place) };
    const rows = new Rows(records);
    const ids: string[] = [];
    const times = new Float64Array(count);
    const idHashes = new BigUint64Array(count);
    const contentHashes = new Uint32Array(count);
    const ends = new Uint32Array(count);
    const refused = new Map<number, RefusedRecord>();
    const redacted = new Map<number, RuleCounts>();
    for (let index = 0; index < count; index += 1) {
      const read = readRecord(records[index] as Decoded, first + index, about);
      if ('cells' in read) {
        ids.push(read.id);
        times[index] = read.time;
        idHashes[index] = read.idHash;
        contentHashes[index] = read.contentHash;
        ends[index] = rows.add(read.cells, index);
        if (read.redacted !== undefined) redacted.set(index, read.redacted);
      } else {
        ids.push('');
        ends[index] = rows.end;
        refused.set(index, read);
      }
    }
    const retention = rows.retention(count);
    return { ids, times, idHashes, contentHashes, rows: rows.bytes, ends, retention, refused, redacted };
  };
}
