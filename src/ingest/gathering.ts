/**
 * One payload on its way down the main street: what goes to the journal, what to quarantine, and what became of each
 * record, in the order of the body.
 */
import type { Payload, Receipt, Verdict } from '../core/ingest.ts';
import { type JournalEntry, type Rows, usualRetention } from '../core/journal.ts';
import type { Problem } from '../core/result.ts';
import type { Horizons } from '../core/retention.ts';
import { decodeRow, placeColumns } from '../core/row.ts';
import type { Decoded } from '../core/spec.ts';
import type { Claims } from '../journal/duplicates.ts';
import { PastRetentionNotes } from './past-retention.ts';
import type { ReadPack } from './read-pack.ts';
import type { RefusedRecord } from './read-record.ts';
import { addCounts } from './redaction/counts.ts';

/** A record on its way to quarantine. */
export interface Rejected {
  readonly tenant: string;
  readonly receiver: string;
  readonly sender: string;
  /** Microseconds since 1970. */
  readonly received: number;
  readonly reason: string;
  readonly problem: Problem;
  readonly vocabulary?: string;
  /** Without secrets. */
  readonly bytes: Buffer;
}

type Quarantined = Extract<Verdict, { kind: 'quarantined' }>;

/** The rows that were kept of the packs of a payload. */
class KeptRows implements Rows {
  readonly chunks: Buffer[] = [];
  #retention: string[] | undefined;
  count = 0;
  bytes = 0;

  /** Takes the rows of the records `from` to before `to`. */
  keep({ rows, ends, retention }: ReadPack, from: number, to: number): void {
    const chunk = rows.subarray(ends[from - 1] ?? 0, ends[to - 1] ?? 0);
    if (chunk.length === 0) return;
    if (retention !== undefined) this.#retention ??= new Array(this.count).fill(usualRetention);
    this.chunks.push(chunk);
    this.bytes += chunk.length;
    for (let index = from; index < to; index += 1) {
      if (ends[index] === (ends[index - 1] ?? 0)) continue;
      this.#retention?.push(retention?.[index] ?? usualRetention);
      this.count += 1;
    }
  }

  get retention(): readonly string[] | undefined {
    return this.#retention;
  }
}

const noPlace = '0\t'.repeat(placeColumns.length);

/** The event of a row, with its record as bytes. */
function eventAt({ rows, ends }: ReadPack, index: number) {
  const row = rows.toString('utf8', ends[index - 1] ?? 0, (ends[index] as number) - 1);
  const { raw, rawEncoding, ...event } = decodeRow(noPlace + row);
  return { ...event, bytes: Buffer.from(raw, rawEncoding === 'base64' ? 'base64' : 'utf8') };
}

/** One payload being read: what goes to the journal, what to quarantine, and what became of each record. */
export class Gathering {
  readonly rows = new KeptRows();
  readonly times: number[] = [];
  readonly idHashes: bigint[] = [];
  readonly contentHashes: number[] = [];
  readonly rejected: Rejected[] = [];
  readonly verdicts: Verdict[] = [];
  /** Places that were redacted in what is kept, by rule. */
  readonly redacted: number[] = [];
  duplicates = 0;

  readonly #payload: Payload;
  readonly #claims: Claims;
  readonly #past: PastRetentionNotes;
  readonly #quarantined: { -readonly [K in keyof Quarantined]: Quarantined[K] }[] = [];

  constructor(payload: Payload, claims: Claims, horizons?: Horizons) {
    this.#payload = payload;
    this.#claims = claims;
    this.#past = new PastRetentionNotes(horizons);
  }

  /** Takes the next records of the payload, as they were read. */
  take(records: readonly Decoded[], read: ReadPack): void {
    let kept = 0;
    for (let index = 0; index < records.length; index += 1) {
      const verdict = this.#judge(records[index] as Decoded, read, index);
      this.verdicts.push(verdict);
      if (verdict.kind === 'accepted') continue;
      this.rows.keep(read, kept, index);
      kept = index + 1;
    }
    this.rows.keep(read, kept, records.length);
  }

  #judge(decoded: Decoded, read: ReadPack, index: number): Verdict {
    const refused = read.refused.get(index);
    if (refused !== undefined) return this.#reject(decoded, refused);
    const id = read.ids[index] as string;
    const idHash = read.idHashes[index] as bigint;
    const contentHash = read.contentHashes[index] as number;
    const redacted = read.redacted.get(index);
    const verdict = this.#claims.claim(idHash, contentHash);
    if (verdict === 'conflict') {
      const { vocabulary, bytes } = eventAt(read, index);
      const reason = 'another event of its type with the same id and other content is here already';
      const problem = { path: 'id', reason };
      return this.#reject(decoded, { reason: 'id-conflict', problem, vocabulary, bytes, redacted });
    }
    if (verdict === 'duplicate') {
      this.duplicates += 1;
      return { kind: 'duplicate', id };
    }
    if (redacted !== undefined) addCounts(this.redacted, redacted);
    const time = read.times[index] as number;
    this.#past.see(time, read.retention?.[index] ?? usualRetention);
    this.times.push(time);
    this.idHashes.push(idHash);
    this.contentHashes.push(contentHash);
    return { kind: 'accepted', id };
  }

  #reject({ line, byte }: Decoded, refused: RefusedRecord): Verdict {
    const { reason, problem, bytes, vocabulary, redacted } = refused;
    if (redacted !== undefined) addCounts(this.redacted, redacted);
    const { tenant, receiver, sender, received } = this.#payload;
    const named = vocabulary === undefined ? {} : { vocabulary };
    this.rejected.push({ tenant, receiver, sender, received, reason, problem, bytes, ...named });
    const verdict = { kind: 'quarantined' as const, line, byte, reason, problem, quarantineId: '' };
    this.#quarantined.push(verdict);
    return verdict;
  }

  entry(): JournalEntry {
    const { tenant, receiver, received, source, replayOf } = this.#payload;
    const { rows, times, idHashes, contentHashes } = this;
    const counts =
      replayOf === undefined
        ? {
            received: this.verdicts.length,
            duplicates: this.duplicates,
            quarantined: this.rejected.length,
            replayed: 0,
          }
        : { received: 0, duplicates: 0, quarantined: 0, replayed: rows.count };
    return {
      tenant,
      receiver,
      received,
      rows,
      times,
      idHashes,
      contentHashes,
      counts,
      ...(source === undefined ? {} : { source: { key: source.key, position: source.next } }),
    };
  }

  /** What to answer; `quarantineIds` are those of the rejected, in their order. */
  receipt(quarantineIds: readonly string[]): Receipt {
    for (const [index, id] of quarantineIds.entries()) {
      const verdict = this.#quarantined[index];
      if (verdict !== undefined) verdict.quarantineId = id;
    }
    const { verdicts, duplicates } = this;
    const quarantined = this.rejected.length;
    const redacted = this.redacted.reduce((sum, count) => sum + count, 0);
    const { notes } = this.#past;
    return {
      received: verdicts.length,
      accepted: this.rows.count,
      duplicates,
      quarantined,
      redacted,
      ...(notes.length === 0 ? {} : { pastRetention: notes }),
      verdicts,
    };
  }
}
