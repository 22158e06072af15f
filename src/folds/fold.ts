/**
 * What a fold is: it keeps a state for each key (a change, a circuit, a call) and makes derived events of it. A fold is
 * one file that begins with its description and ends with its deed. All of it is pure: no clock, no disk, no network.
 */
import type { StoredEvent } from '../core/event.ts';
import type { Named, NamedKind } from '../core/named.ts';
import type { EventType, GatewayRecord } from '../core/spec.ts';

/** A journalled event that a fold reads. */
export interface FoldInput {
  readonly event: StoredEvent;
  /** The record of `event.raw`. */
  readonly record: GatewayRecord;
}

/** Events that a fold reads, told by what is at hand without decoding a row. */
export interface Reads {
  /** Name of the event type. */
  readonly type: string;
  /** Only events with a duration of so many microseconds at least. */
  readonly lasting?: number;
}

/**
 * The record of a derived event. Its members are named like the columns they fill; the others are described by its event
 * type. Made of its inputs alone, so that the same inputs give the same bytes.
 */
export interface DerivedRecord extends GatewayRecord {
  readonly vocabulary: string;
  /** Name of the derived event type. */
  readonly type: string;
  /** Computed from the ids of its inputs. */
  readonly id: string;
  /** Id of the event that it comes from. */
  readonly causedBy: string;
  /** Microseconds since 1970. */
  readonly time: number;
}

export interface Kept<State> {
  /** Survives JSON. */
  readonly state: State;
  /** When `expire` is asked if nothing has come before, in microseconds since 1970. Every state has an end. */
  readonly until: number;
}

export interface Step<State> {
  /** Absent: the state of the key is forgotten. */
  readonly keep?: Kept<State>;
  readonly derived?: readonly DerivedRecord[];
  readonly learned?: readonly Named[];
}

export interface FoldContext {
  /** The name last learned for an id of this tenant. */
  nameOf(kind: NamedKind, id: string | undefined): string | undefined;
  /** How long the commit of a change is waited for, in microseconds. */
  readonly confirmation: number;
}

export interface Fold<State = unknown> {
  /** Stable: its states are kept under it. */
  readonly name: string;
  /** One sentence. */
  readonly doc: string;
  /** Of the events it reads, and of those it makes. */
  readonly vocabulary: string;
  readonly reads: readonly Reads[];
  readonly makes: readonly EventType[];
  /** Keys kept at most; beyond them the states that end first are given up, which is counted. */
  readonly most: number;
  /** What belongs together, within a tenant; undefined when the event does not concern the fold. */
  key(input: FoldInput): string | undefined;
  /** Undefined leaves all as it is. Inputs may come in any order, twice, late, or not at all. */
  step(state: State | undefined, input: FoldInput, context: FoldContext): Step<State> | undefined;
  /** The time `due` that the state was kept until has come. */
  expire(state: State, due: number, context: FoldContext): Step<State>;
}

/** Takes back what `record` has added to every sum, as stored rows are never changed. */
export const takenBack = (record: DerivedRecord): DerivedRecord => ({
  ...record,
  id: `${record.id}/taken-back`,
  causedBy: record.id,
  weight: -1,
});
