/** Gathers what a stream of batches gives within a moment, so that a consumer takes few large bites under load. */
import type { JournalBatch } from '../core/journal.ts';

export interface Bite {
  /** A bite is full when it has this many events or bytes; its last batch may exceed both. */
  readonly events: number;
  readonly bytes: number;
  /** Milliseconds that the first batch of a bite waits for others. */
  readonly wait: number;
  /** The same when they come fast: when an eighth of a bite is there after `wait`. As long by default. */
  readonly waitUnderLoad?: number;
}

export interface Gathering {
  /**
   * The next bite, of one batch at least, ending before position `until` when that is given; undefined when the
   * stream has ended.
   */
  next(until?: number): Promise<readonly JournalBatch[] | undefined>;
  close(): Promise<void>;
}

/** Which part of a bite has to come within the wait for more of it to be waited for. */
const fast = 8;

function alarm(milliseconds: number): { readonly timer: NodeJS.Timeout; readonly over: Promise<'over'> } {
  const { promise, resolve } = Promise.withResolvers<'over'>();
  return { timer: setTimeout(() => resolve('over'), milliseconds), over: promise };
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
      let { timer, over } = alarm(bite.wait);
      let longer = (bite.waitUnderLoad ?? 0) - bite.wait;
      try {
        while (events < bite.events && bytes < bite.bytes) {
          const last = bitten.at(-1) as JournalBatch;
          if (until !== undefined && last.first + last.count >= until) break;
          const more = await Promise.race([pull(), over]);
          if (more === 'over') {
            if (longer <= 0 || (events < bite.events / fast && bytes < bite.bytes / fast)) break;
            ({ timer, over } = alarm(longer));
            longer = 0;
            continue;
          }
          if (more.done) break;
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
