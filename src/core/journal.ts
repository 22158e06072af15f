/**
 * What the journal takes and gives, as its neighbours see it. The journal is the one line through the program:
 * before it everything is pure, after it everything is a consumer with a cursor.
 */

import type { RowCounts, RowCountsJson } from './row-counts.ts';

/** The retention class of an event of which nothing else is said. */
export const usualRetention = 'default';

/** Text rows (`core/row.ts`) as bytes, each ended by a line feed. Who journals them hands them over: they are gone then. */
export interface Rows {
  readonly count: number;
  /** Length of all chunks together. */
  readonly bytes: number;
  /** The rows in order; none is spread over two chunks. */
  readonly chunks: readonly Buffer[];
  /** Retention class of each row; absent where all are of the usual one. */
  readonly retention?: readonly string[] | undefined;
}

/** Records of one tenant that are journalled whole or not at all: one request, or one piece of a file. */
export interface JournalEntry {
  readonly tenant: string;
  /** Name of the receiver, such as `http` or `file:/var/log/nginx/access.json`. */
  readonly receiver: string;
  /** Microseconds since 1970. */
  readonly received: number;
  /** One text row an event. */
  readonly rows: Rows;
  /** For each row: the event's time in microseconds, id hash (64 bits) and content hash (32 bits). */
  readonly times: readonly number[];
  readonly idHashes: readonly bigint[];
  readonly contentHashes: readonly number[];
  /** First receptions only; replays from quarantine are counted beside it. */
  readonly counts: ReceptionCounts;
  /** Progress of the receiver, committed with its data: it resumes from here. */
  readonly source?: { readonly key: string; readonly position: string };
}

/** received = journalled + quarantined + duplicates. */
export interface ReceptionCounts {
  readonly received: number;
  readonly duplicates: number;
  readonly quarantined: number;
  readonly replayed: number;
}

/** A journalled entry. Positions count events: row i has position `first + i`, over all tenants. */
export interface JournalBatch {
  readonly first: number;
  readonly count: number;
  readonly tenant: string;
  readonly receiver: string;
  readonly received: number;
  readonly counts: ReceptionCounts;
  /** For each row: the event's time in microseconds, id and content hash. */
  readonly times: Float64Array;
  readonly idHashes: BigUint64Array;
  readonly contentHashes: Uint32Array;
  /** Retention class of each row; absent where all are of the usual one. */
  readonly retention?: readonly string[] | undefined;
  /** End of each row (after its line feed) in `text`. */
  readonly ends: Uint32Array;
  /** The rows as the engine takes them: `position`, `batch` (= first), the columns; each ends in a line feed. */
  readonly text: Buffer;
}

/** Positions `first` up to, not including, `end`. */
export interface Range {
  readonly first: number;
  readonly end: number;
}

/** Which tenant's events a subscription sees. There is no default. */
export type TenantScope = { readonly tenant: string } | { readonly allTenants: true };

export interface Journal {
  /**
   * Resolves with the first position once the entry would survive a crash; rejects when it would not, and then
   * nothing of it is in the journal. Entries become visible in the order of their positions.
   */
  append(entry: JournalEntry): Promise<{ readonly first: number }>;
  /**
   * Batches from `from` on in order, waiting for new ones until `signal` aborts. When `from` is no longer in the
   * journal it starts at the oldest position it has. Bounded: a slow reader reads the disk, it holds nothing back.
   */
  subscribe(scope: TenantScope, from: number, signal: AbortSignal): AsyncIterable<JournalBatch>;
  /** Position after the last durable event, and the oldest one still here. */
  readonly end: number;
  readonly oldest: number;
  /** Every row that was ever given a position; {@link end} in all. */
  readonly rows: RowCounts;
  /**
   * Those before `position`, which must not lie before {@link oldest} unless it is 0, nor in a gap. Reads the disk for
   * what lies behind it and is not recent.
   */
  rowsBefore(position: number): Promise<RowCounts>;
  /** What vanished from the journal though nobody dropped it; another list when more is known of one of them. */
  readonly gaps: readonly JournalGap[];
}

/** Positions that were given out and are here no longer, and whose rows they held as far as is known. */
export interface JournalGap extends Range {
  readonly tally: { readonly rows?: RowCountsJson };
}
