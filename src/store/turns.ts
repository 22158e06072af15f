/** One piece of work at a time, so that retention counts what it drops while nothing is written. */
import type { Consumer } from '../delivery/consumer.ts';

export type Exclusive = <T>(work: () => Promise<T>) => Promise<T>;

/** Work is done in the order of asking; a failure is the asker's alone. */
export function createTurns(): Exclusive {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work, work);
    last = turn;
    return turn;
  };
}

/** The consumer, each of whose deliveries is a piece of exclusive work. */
export const inTurn = ({ name, scope, deliver }: Consumer, exclusive: Exclusive): Consumer => ({
  name,
  scope,
  deliver: (batches, context) => exclusive(() => deliver(batches, context)),
});
