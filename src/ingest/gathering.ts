/**
 * One payload on its way down the main street: what goes to the journal, what to quarantine, and what became of each
 * record, in the order of the body.
 */
import { giveBack } from '../core/give-back.ts';
import type { Payload, Receipt, Verdict } from '../core/ingest.ts';
import type { JournalEntry } from '../core/journal.ts';
import type { Problem } from '../core/result.ts';
import type { Decoded } from '../core/spec.ts';
import type { Claims } from '../journal/duplicates.ts';
import { RowChunks } from '../journal/row-chunks.ts';
import type { ReadEvent, RefusedRecord } from './read-record.ts';
import { addCounts } from './redact-counts.ts';

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

/** One payload being read: what goes to the journal, what to quarantine, and what became of each record. */
export class Gathering {
  readonly rows = new RowChunks();
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
  readonly #quarantined: { -readonly [K in keyof Quarantined]: Quarantined[K] }[] = [];

  constructor(payload: Payload, claims: Claims) {
    this.#payload = payload;
    this.#claims = claims;
  }

  take(decoded: Decoded, read: ReadEvent | RefusedRecord): void {
    this.verdicts.push('made' in read ? this.#claim(decoded, read) : this.#reject(decoded, read));
  }

  #claim(decoded: Decoded, read: ReadEvent): Verdict {
    const { id, type, vocabulary, bytes, made } = read;
    const verdict = this.#claims.claim(read.idHash, read.contentHash);
    if (verdict === 'conflict') {
      const reason = `another ${type} with the id ${id} and other content is here already`;
      const problem = { path: 'id', reason };
      const { redacted } = read;
      return this.#reject(decoded, { reason: 'id-conflict', problem, vocabulary, bytes, redacted });
    }
    const isRow = made instanceof Uint8Array;
    if (isRow) giveBack(bytes);
    if (verdict === 'duplicate') {
      this.duplicates += 1;
      return { kind: 'duplicate', id };
    }
    if (read.redacted !== undefined) addCounts(this.redacted, read.redacted);
    if (isRow) this.rows.addWhole(made);
    else this.rows.add(made);
    this.times.push(read.time);
    this.idHashes.push(read.idHash);
    this.contentHashes.push(read.contentHash);
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
    return {
      received: verdicts.length,
      accepted: this.rows.count,
      duplicates,
      quarantined,
      redacted,
      verdicts,
    };
  }
}
