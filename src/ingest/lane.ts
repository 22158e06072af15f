/**
 * One lane for all that is decoded, so that the event loop is never held for long: in each of its turns one slice of
 * work is done. The tenants of the payloads that wait take turns, and of each they go in the order they came. A huge body
 * takes many turns; small ones pass between.
 */
import { FairQueue } from './fair-queue.ts';

export interface Lane {
  /** Resolves when `tenant` may work: now, when there is time left in this turn and nobody waits. */
  turn(tenant: string): Promise<void>;
  /** Whether the slice of this turn is used up, so that the caller must ask for another turn. */
  over(): boolean;
}

/**
 * @param slice milliseconds of work in a turn of the event loop
 * @param now milliseconds by a clock that never goes back
 */
export function createLane(slice = 6, now: () => number = () => performance.now()): Lane {
  const waiting = new FairQueue<() => void>();
  /** When the slice of this turn ends; 0 when none has begun. */
  let end = 0;

  const begin = (): void => {
    end = now() + slice;
    setImmediate(next);
  };
  const next = (): void => {
    const resume = waiting.shift();
    if (resume === undefined) {
      end = 0;
      return;
    }
    begin();
    resume();
  };

  return {
    turn(tenant) {
      if (end === 0) begin();
      else if (waiting.length > 0 || now() >= end)
        return new Promise((resolve) => waiting.push(tenant, resolve));
      return Promise.resolve();
    },
    over: () => now() >= end,
  };
}
