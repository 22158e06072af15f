/**
 * The kinds of parts before the journal. A part is one file that begins with its description and ends with its deed.
 * All of it is pure: no clock, no disk, no network.
 */
import type { TObject } from 'typebox';
import type { Event, Family, Outcome, Severity } from './event.ts';
import type { Problem, Result } from './result.ts';

/** A parsed record of a gateway, secrets already redacted. */
export type GatewayRecord = { readonly [field: string]: unknown };

/**
 * How one event of this type is told from another (SEMANTICS §1).
 * - native: the values at these paths together; a record that lacks one of them is identified by position. Texts that
 *   are drawn anew for each delivery (`redrawn`) are not part of the content: without it a second delivery would be
 *   another record under the same id.
 * - content: a hash of the received bytes; only where the record has a time finer than a millisecond. With `time`, that
 *   is looked at in each record: one without such a time at this path is identified by position.
 * - position: nothing in it is unique; it is identified by where it was read.
 */
export type Identity =
  | { readonly by: 'native'; readonly paths: readonly string[]; readonly redrawn?: readonly string[] }
  | { readonly by: 'content'; readonly time?: string }
  | { readonly by: 'position' };

/** The columns that an event type fills; the main street adds identity, tenant, receipt, retention and raw. */
export type Normalised = Partial<
  Omit<
    Event,
    | 'id'
    | 'tenant'
    | 'time'
    | 'received'
    | 'vocabulary'
    | 'type'
    | 'family'
    | 'raw'
    | 'rawEncoding'
    | 'reportedTime'
    | 'retention'
  >
> & {
  /** Microseconds since 1970 as the record says it; undefined when it does not say. */
  readonly time: number | undefined;
  /** Another family than the type's own, such as job for a JobRunEvent among the audit events. */
  readonly family?: Family;
  /** Another type name than the description's, for a type in a general form. */
  readonly type?: string;
};

/**
 * A name under which records of a general type come, such as an alert or an audit action; it is the `action` of the
 * event. A `*` stands for what varies, such as the resource in `READ_*`.
 */
export interface EventName {
  readonly name: string;
  /** One sentence for the reference page. */
  readonly doc: string;
  /** Where it is another than the type's. */
  readonly family?: Family;
  readonly severity: Severity;
  readonly outcome: Outcome;
  /** A whole record under this name, ours; tested like the example of the type. */
  readonly example: GatewayRecord;
}

export interface EventType<S extends TObject = TObject> {
  /** Native name, normalised; unique in its vocabulary. */
  readonly name: string;
  /** Other names that the sender gives it, such as those of older releases. */
  readonly aliases?: readonly string[];
  /** One sentence for the reference page. */
  readonly doc: string;
  readonly family: Family;
  readonly identity: Identity;
  /**
   * The record's own fields with `description`, `unit`, `personal`, `secret`, `attribute`. Only what is required here
   * can send a record to quarantine; unknown fields are kept.
   */
  readonly fields: S;
  /** Realistic and ours; tested, shown on the reference page, used by the sample traffic. */
  readonly example: GatewayRecord;
  /** The names under which its records come, for a type in a general form; other names are taken as well. */
  readonly names?: readonly EventName[];
  /** Pure. `record` has passed `fields`. */
  normalise(record: GatewayRecord): Normalised;
}

export interface Vocabulary {
  /** Stable name, as in `POST /ingest/{vocabulary}`; equal to the file or folder name. */
  readonly name: string;
  readonly doc: string;
  readonly types: readonly EventType[];
  /** The event type of `record`, or undefined when it is not this vocabulary's. Must not depend on the order of asking. */
  recognise(record: GatewayRecord): EventType | undefined;
  /**
   * Reads a line that is not JSON (a combined access log line); undefined when the line is not in this form. `named`:
   * the sender says that it speaks this vocabulary. A form that several share is read unnamed by one of them only.
   */
  parseLine?(line: string, named?: boolean): GatewayRecord | undefined;
}

/**
 * One record as a protocol cut it out of a body. Without bytes and without a problem it is none: the protocol is still
 * searching a huge body and gives its caller the chance to let others run.
 */
export interface Decoded {
  /** The record's bytes as sent, or as near as the protocol allows (a bulk source line, the `data` of a CloudEvent). */
  readonly bytes: Buffer;
  /** Bytes of the record as sent, where `bytes` is only its head. */
  readonly size?: number;
  /** 1-based line and byte offset in the decompressed body, for messages. */
  readonly line: number;
  readonly byte: number;
  /** Id that the protocol gives beside the record (`_id`, CloudEvents source and id); used when the type has none. */
  readonly id?: string;
  /** Why this record cannot be read; the record goes to quarantine, its neighbours go on. */
  readonly problem?: Problem;
}

/** A wire dialect: cuts a body into records. */
export interface Protocol {
  readonly name: string;
  readonly doc: string;
  /** Bytes of one example body, for the contract suite and the reference page. */
  readonly example: string;
  /**
   * Records in the order of the body. Lazy: the caller paces it so that a huge body never blocks the event loop.
   * A body that cannot be read at all is an error of the whole.
   */
  decode(body: Buffer, headers: Readonly<Record<string, string | undefined>>): Result<Iterable<Decoded>>;
}
