/** The youngest batches in memory, shared by all consumers that keep up; bounded in bytes, oldest out first. */
import type { JournalBatch } from '../core/journal.ts';

/** Bytes of the rows and of their table. */
const weightOf = (batch: JournalBatch): number => batch.text.length + batch.count * 24;

export class YoungBatches {
  readonly #limit: number;
  #batches: JournalBatch[] = [];
  #gone = 0;
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Batches arrive in order. */
  add(batch: JournalBatch): void {
    this.#batches.push(batch);
    this.#bytes += weightOf(batch);
    while (this.#bytes > this.#limit && this.#batches.length - this.#gone > 1) {
      this.#bytes -= weightOf(this.#batches[this.#gone] as JournalBatch);
      this.#gone++;
    }
    // Emptied in one go now and then, as taking from the front of an array each time would cost its length.
    if (this.#gone * 2 > this.#batches.length) {
      this.#batches = this.#batches.slice(this.#gone);
      this.#gone = 0;
    }
  }

  /** Position of the oldest event held, or undefined when there is none. */
  get oldest(): number | undefined {
    return this.#batches[this.#gone]?.first;
  }

  /** The first batch that ends behind `position`, if none before it has gone; undefined otherwise. */
  from(position: number): JournalBatch | undefined {
    if (this.oldest === undefined || this.oldest > position) return undefined;
    let [low, high] = [this.#gone, this.#batches.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const batch = this.#batches[middle] as JournalBatch;
      if (batch.first + batch.count <= position) low = middle + 1;
      else high = middle;
    }
    return this.#batches[low];
  }
}
