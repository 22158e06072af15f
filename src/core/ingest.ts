/** What a receiver hands to the main street, and what it gets back. */
import type { Problem, Result } from './result.ts';
import type { DropReason } from './retention.ts';
import type { Decoded, Protocol } from './spec.ts';

/** One request, or one piece of a file: journalled whole or not at all. */
export interface Payload {
  /** From the token only. */
  readonly tenant: string;
  /** Name of the receiver, such as `http`, `elasticsearch` or `file:access.json`. */
  readonly receiver: string;
  /** Who sent it, for "where is my event?": token name and address, or the path of a file. */
  readonly sender: string;
  /** Microseconds since 1970, taken when the payload arrived. */
  readonly received: number;
  /** Decompressed. The main street keeps no reference after it has answered. */
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly protocol: Protocol;
  /** Name of the vocabulary when the sender names it; otherwise every vocabulary is asked. */
  readonly vocabulary?: string;
  /** Makes records without an identity of their own recognisable when the same body is sent again. */
  readonly idempotencyKey?: string;
  /**
   * Where the body was read, for records identified by position and for the progress of the receiver: record i is
   * identified by `key` and `offset` + its byte in the body; `next` is committed as the position to resume from.
   */
  readonly source?: { readonly key: string; readonly offset: number; readonly next: string };
  /** Id of the quarantine entry that is sent again: counted beside the equation. */
  readonly replayOf?: string;
}

export type Verdict =
  | { readonly kind: 'accepted'; readonly id: string }
  | { readonly kind: 'duplicate'; readonly id: string }
  /** The same id with other content (`id-conflict`), a record that cannot be read, or one its event type refuses. */
  | {
      readonly kind: 'quarantined';
      /** Where in the body, as in {@link Decoded}. */
      readonly line: number;
      readonly byte: number;
      readonly reason: string;
      readonly problem: Problem;
      readonly quarantineId: string;
    };

/** Accepted events of one retention class that are past it already, and so will not be kept for long. */
export interface PastRetention {
  readonly retention: string;
  readonly because: DropReason;
  readonly count: number;
  /** The rule concerns what is older than this, and the oldest of the events; microseconds since 1970. */
  readonly before: number;
  readonly oldest: number;
  readonly reason: string;
}

/** Everything in it is durable, the quarantined records too. `verdicts` are in the order of the body. */
export interface Receipt {
  readonly received: number;
  readonly accepted: number;
  readonly duplicates: number;
  readonly quarantined: number;
  /** Places that were redacted in the accepted and the quarantined. */
  readonly redacted: number;
  /** Of the accepted; absent when all are within their class. */
  readonly pastRetention?: readonly PastRetention[];
  readonly verdicts: readonly Verdict[];
}

/** The payload as a whole was not taken; nothing of it is kept unless the outcome is unknown. */
export interface Refusal {
  /** 400 cannot be read at all, 408 sent too slowly, 413 over a limit, 415 unknown encoding, 503 try later. */
  readonly status: 400 | 408 | 413 | 415 | 503;
  readonly reason: string;
  /** Seconds. */
  readonly retryAfter?: number;
  /** It may yet be kept, as after a failed fsync on the way down: nobody may be answered that it was not. */
  readonly outcomeUnknown?: true;
}

/** Resolves when the payload is durable: that, and nothing earlier, is the acknowledgement. Never rejects for bad input. */
export type Accept = (payload: Payload) => Promise<Result<Receipt, Refusal>>;
