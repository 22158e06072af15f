/** Gathers what a stream of batches gives within a moment, so that a consumer takes few large bites under load. */
import type { JournalBatch } from '../core/journal.ts';

export interface Bite {
  /** A bite is full when it has this many events or bytes; its last batch may exceed both. */
  readonly events: number;
  readonly bytes: number;
  /** Milliseconds that the first batch of a bite waits for others. */
  readonly wait: number;
}

export interface Gathering {
  /**
   * The next bite, of one batch at least, ending before position `until` when that is given; undefined when the
   * stream has ended.
   */
  next(until?: number): Promise<readonly JournalBatch[] | undefined>;
  close(): Promise<void>;
}

export function gather(batches: AsyncIterable<JournalBatch>, bite: Bite): Gathering {
  const iterator = batches[Symbol.asyncIterator]();
  let coming: Promise<IteratorResult<JournalBatch>> | undefined;
  const pull = (): Promise<IteratorResult<JournalBatch>> => {
    coming ??= iterator.next();
    return coming;
  };
  // The batch stays `coming` until it is taken, so that one that does not fit opens the next bite.
  const take = (): void => {
    coming = undefined;
  };

  return {
    async next(until) {
      const first = await pull();
      if (first.done) return undefined;
      take();
      const bitten = [first.value];
      let events = first.value.count;
      let bytes = first.value.text.length;
      const over = Promise.withResolvers<'over'>();
      const timer = setTimeout(() => over.resolve('over'), bite.wait);
      try {
        while (events < bite.events && bytes < bite.bytes) {
          const last = bitten.at(-1) as JournalBatch;
          if (until !== undefined && last.first + last.count >= until) break;
          const more = await Promise.race([pull(), over.promise]);
          if (more === 'over' || more.done) break;
          if (until !== undefined && more.value.first >= until) break;
          take();
          bitten.push(more.value);
          events += more.value.count;
          bytes += more.value.text.length;
        }
      } finally {
        clearTimeout(timer);
      }
      return bitten;
    },
    async close() {
      await iterator.return?.();
    },
  };
}
