/** What the main thread and the thread that reads heavy records say to each other. */
import type { Problem } from '../core/result.ts';
import type { ReadEvent, RefusedRecord } from './read-record.ts';
import type { RedactionOptions } from './redact.ts';

/** What the thread is started with. */
export interface HeavyOrders {
  readonly redaction: RedactionOptions;
  /** Largest record, in bytes. */
  readonly largest: number;
}

/** One record to be read, with all that its reading depends on. Its bytes are handed over. */
export interface HeavyRecord {
  readonly bytes: Uint8Array;
  readonly line: number;
  readonly byte: number;
  readonly id?: string;
  readonly problem?: Problem;
  readonly tenant: string;
  readonly received: number;
  readonly vocabulary: string | undefined;
  /** What its place in the payload names it, should nothing else. */
  readonly place: string;
}

/** Buffers arrive as plain arrays of bytes; of an event there is its row. */
type Sent<T> = Omit<T, 'bytes' | 'made'> & { readonly bytes: Uint8Array };

/** The first answer says that the thread is ready; then there is one for each record. */
export type HeavyAnswer =
  | 'ready'
  | {
      readonly read: (Sent<ReadEvent> & { readonly made: Uint8Array }) | Sent<RefusedRecord>;
      /** Exceptions, which are bugs of an event type. */
      readonly bugs: readonly { readonly type: string; readonly error: string }[];
    };
