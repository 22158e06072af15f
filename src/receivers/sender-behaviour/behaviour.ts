/** What a sender does with a batch that was not taken, and what follows for the way it is refused. */

/**
 * `drops`: the events are lost. `few`: a bounded number of further attempts, seconds in all. `minutes`: attempts for a
 * minute or more. `endless`: until the batch is taken or its own buffer overflows.
 */
export type Reaction = 'drops' | 'few' | 'minutes' | 'endless';

/** A way in over HTTP: the prefix of its paths. */
export type WayIn = '/es' | '/ingest';

/** Where the behaviour was read. */
export interface Source {
  /** Owner and name on GitHub. */
  readonly repository: string;
  readonly file: string;
  /** What the file does, in a sentence. */
  readonly says: string;
}

export interface SenderReactions {
  /** 400, 401, 404, 413 of a whole request. */
  readonly clientError: Reaction;
  /** 429. */
  readonly tooMany: Reaction;
  /** 500. */
  readonly internalError: Reaction;
  /** 502, 503, 504. */
  readonly unavailable: Reaction;
  /** The connection is refused, reset, or closed without an answer. */
  readonly broken: Reaction;
  /** No answer within its own time-out. */
  readonly timeout: Reaction;
}

/** One sender with its default settings; `reactions` and `sources` are absent where the source could not be read. */
export interface SenderBehaviour {
  readonly name: string;
  /** How its requests are recognised. Absent: they cannot be distinguished from those of other senders. */
  readonly userAgent?: RegExp;
  /** The only way in that it uses, where that is so. */
  readonly way?: WayIn;
  readonly reactions?: SenderReactions;
  /** How long it waits for an answer, and what slowness does to it. */
  readonly patience: string;
  /** What else an operator should know. */
  readonly note?: string;
  readonly sources: readonly Source[];
}

/**
 * How a refusal is given that is ours and will pass (recovering, disk full, no room, failed write): as an answer with
 * `Retry-After`, or by closing the connection without a byte of an answer.
 */
export type RefusalManner = 'answer' | 'break';

const worth: Readonly<Record<Reaction, number>> = { drops: 0, few: 1, minutes: 2, endless: 3 };

/** Whether the sender keeps more after a broken connection than after a temporary error. 500 does not count: no way in answers it. */
export const gainsByBreak = ({ unavailable, broken }: SenderReactions): boolean =>
  worth[broken] > worth[unavailable];
