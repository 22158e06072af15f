/** Thins a stream of events to what a reader asked for, evenly, and knows by how much. */
import type { Clock } from '../core/ports.ts';

export interface Sampling {
  /** Whether this event is shown. */
  keep(): boolean;
  /** Share of the events that is shown now, 1 for all. */
  readonly rate: number;
}

/**
 * At most about `most` events a second, by the rate of the second before: a burst passes for one second, which the
 * bounded buffer of the reader catches.
 */
export function createSampling(most: number, clock: Clock): Sampling {
  let second = 0;
  let seen = 0;
  let rate = 1;
  let credit = 0;
  return {
    keep() {
      const now = Math.floor(clock() / 1e6);
      if (now !== second) {
        // After a silent second there is nothing to thin.
        rate = now === second + 1 && seen > most ? Number((most / seen).toPrecision(2)) : 1;
        second = now;
        seen = 0;
      }
      seen += 1;
      credit += rate;
      // Ten times a tenth is a little less than one.
      if (credit < 1 - 1e-9) return false;
      credit -= 1;
      return true;
    },
    get rate() {
      return rate;
    },
  };
}
