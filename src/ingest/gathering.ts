/**
 * One payload on its way down the main street: what goes to the journal, what to quarantine, and what became of each
 * record, in the order of the body.
 */
import type { Event } from '../core/event.ts';
import type { Payload, Receipt, RecordVerdict, Verdict } from '../core/ingest.ts';
import type { JournalEntry } from '../core/journal.ts';
import type { Problem } from '../core/result.ts';
import { encodeRow } from '../core/row.ts';
import type { Decoded } from '../core/spec.ts';
import type { Claims } from '../journal/duplicates.ts';
import type { ReadEvent, RefusedRecord } from './read-record.ts';

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

/** So many events of a payload are left in memory for live consumers; those of a larger one are read from the journal. */
const mostShared = 5_000;
/** What became of one record: a verdict, or its place among the rejected. */
type Fate =
  | Extract<Verdict, { kind: 'accepted' | 'duplicate' }>
  | { readonly kind: 'rejected'; readonly place: number };

/** One payload being read: what goes to the journal, what to quarantine, and what became of each record. */
export class Gathering {
  readonly rows: string[] = [];
  readonly times: number[] = [];
  readonly idHashes: bigint[] = [];
  readonly contentHashes: number[] = [];
  readonly events: Event[] = [];
  readonly rejected: Rejected[] = [];
  readonly places: { line: number; byte: number; fate: Fate }[] = [];
  duplicates = 0;

  readonly #payload: Payload;
  readonly #claims: Claims;

  constructor(payload: Payload, claims: Claims) {
    this.#payload = payload;
    this.#claims = claims;
  }

  take(decoded: Decoded, read: ReadEvent | RefusedRecord): void {
    const fate = 'event' in read ? this.#claim(read) : this.#reject(read);
    this.places.push({ line: decoded.line, byte: decoded.byte, fate });
  }

  #claim(read: ReadEvent): Fate {
    const { event } = read;
    const verdict = this.#claims.claim(read.idHash, read.contentHash);
    if (verdict === 'conflict') {
      const reason = `another ${event.type} with the id ${event.id} and other content is here already`;
      const { vocabulary } = event;
      return this.#reject({ ...read, reason: 'id-conflict', problem: { path: 'id', reason }, vocabulary });
    }
    if (verdict === 'duplicate') {
      this.duplicates += 1;
      return { kind: 'duplicate', id: event.id };
    }
    this.rows.push(encodeRow(event));
    this.times.push(event.time);
    this.idHashes.push(read.idHash);
    this.contentHashes.push(read.contentHash);
    if (this.events.length <= mostShared) this.events.push(event);
    return { kind: 'accepted', id: event.id };
  }

  #reject({ reason, problem, bytes, vocabulary }: RefusedRecord): Fate {
    const { tenant, receiver, sender, received } = this.#payload;
    const named = vocabulary === undefined ? {} : { vocabulary };
    this.rejected.push({ tenant, receiver, sender, received, reason, problem, bytes, ...named });
    return { kind: 'rejected', place: this.rejected.length - 1 };
  }

  entry(): JournalEntry {
    const { tenant, receiver, received, source, replayOf } = this.#payload;
    const { rows, times, idHashes, contentHashes } = this;
    const counts =
      replayOf === undefined
        ? {
            received: this.places.length,
            duplicates: this.duplicates,
            quarantined: this.rejected.length,
            replayed: 0,
          }
        : { received: 0, duplicates: 0, quarantined: 0, replayed: rows.length };
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
      ...(this.events.length === rows.length ? { events: this.events } : {}),
    };
  }

  receipt(quarantineIds: readonly string[]): Receipt {
    const verdicts = this.places.map(({ line, byte, fate }): RecordVerdict => {
      if (fate.kind !== 'rejected') return { line, byte, verdict: fate };
      const { reason, problem } = this.rejected[fate.place] as Rejected;
      const quarantineId = quarantineIds[fate.place] ?? '';
      return { line, byte, verdict: { kind: 'quarantined', reason, problem, quarantineId } };
    });
    const { duplicates } = this;
    const quarantined = this.rejected.length;
    return { received: verdicts.length, accepted: this.rows.length, duplicates, quarantined, verdicts };
  }
}
