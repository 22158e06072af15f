/**
 * What lies behind the journal: consumers, each with a cursor of its own, so that each can stop, restart and replay
 * without the others noticing.
 */
import type { JournalBatch, Range, TenantScope } from '../core/journal.ts';
import type { SavedAccount } from './account.ts';

export interface Consumer {
  /** Stable: the name of its cursor and of its dead letters. */
  readonly name: string;
  readonly scope: TenantScope;
  /**
   * Takes what was gathered, in the order of positions; never called again before it has resolved. After a crash it
   * is given events again that it has had already, perhaps gathered otherwise.
   */
  deliver(batches: readonly JournalBatch[], context: DeliveryContext): Promise<Delivery>;
}

export interface DeliveryContext {
  /**
   * What the consumer has begun and not delivered, in this process or before a crash. No bite reaches over its end, and
   * it stays until all of it is delivered.
   */
  readonly begun: Range | undefined;
  /** Resolves when `range` would be found as `begun` after a crash. */
  begin(range: Range): Promise<void>;
  /** Aborted when the server stops: to be answered with a retry soon. */
  readonly signal: AbortSignal;
}

export type Delivery =
  | { readonly kind: 'delivered' }
  /** Nothing is known to be wrong with the events: the same again later, at the soonest after so many milliseconds. */
  | { readonly kind: 'retry'; readonly reason: string; readonly afterMs?: number }
  /** These events will never be taken; all others were. */
  | { readonly kind: 'rejected'; readonly refusals: readonly Refusal[] };

export interface Refusal {
  readonly position: number;
  readonly reason: string;
}

export const delivered: Delivery = { kind: 'delivered' };

/** What lies beside a position. */
export interface DeliveryNote {
  /** What was begun and not delivered. */
  readonly begun?: Range | undefined;
  readonly account?: SavedAccount | undefined;
}

/** Where a consumer has come to and what it has begun, durable. The journal's cursor is one. */
export interface DeliveryCursor {
  /** Position of the next event to deliver. */
  readonly position: number;
  readonly note: unknown;
  /** Resolves when both are durable. */
  save(position: number, note: DeliveryNote): Promise<void>;
}
