/** How long events are kept, as the ways in and the store both see it. */

/** Why events are removed: they are older than their class is kept, or the store takes more than it may. */
export const dropReasons = ['age', 'budget'] as const;
export type DropReason = (typeof dropReasons)[number];

/** Events of a retention class before this time are not kept for long. */
export interface Horizon {
  /** Microseconds since 1970. */
  readonly before: number;
  readonly because: DropReason;
  /** The rule and when they are removed, for the sender of such events. */
  readonly reason: string;
}

/** The horizons of a retention class in force now, at most one a reason. */
export type Horizons = (retention: string) => readonly Horizon[];
