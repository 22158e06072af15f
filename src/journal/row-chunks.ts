/**
 * Rows gathered as bytes in a few large chunks. As strings the rows of one large body would be a million pieces on the
 * heap, and the garbage collector would hold the event loop while it moves them about.
 */
import type { Rows } from '../core/journal.ts';

const smallestChunk = 2_048;
const largestChunk = 1 << 20;
/** A row from here on is a chunk of its own. */
const longRow = 64 * 1024;
const lineFeed = 0x0a;

export class RowChunks implements Rows {
  readonly #whole: Buffer[] = [];
  #open: Buffer = Buffer.alloc(0);
  #used = 0;
  #size = smallestChunk;
  count = 0;
  bytes = 0;

  /** Takes a row without its line feed, in two parts: the second is the long one. */
  add(head: string, rest = ''): void {
    const characters = head.length + rest.length;
    // A character takes at most three bytes.
    const most = characters * 3 + 1;
    if (characters >= longRow) {
      this.addWhole(Buffer.from(`${head}${rest}\n`));
      return;
    }
    if (this.#open.length - this.#used < most) this.#begin(most);
    const from = this.#used;
    this.#used += this.#open.write(head, from);
    this.#used += this.#open.write(rest, this.#used);
    this.#open[this.#used++] = lineFeed;
    this.count += 1;
    this.bytes += this.#used - from;
  }

  /** Takes a row that has its line feed; the bytes are kept, not copied. */
  addWhole(row: Buffer): void {
    this.#close();
    this.#whole.push(row);
    this.count += 1;
    this.bytes += row.length;
  }

  #begin(most: number): void {
    this.#close();
    this.#open = Buffer.allocUnsafe(Math.max(this.#size, most));
    this.#size = Math.min(this.#size * 2, largestChunk);
  }

  #close(): void {
    if (this.#used > 0) this.#whole.push(this.#open.subarray(0, this.#used));
    this.#open = this.#open.subarray(this.#used);
    this.#used = 0;
  }

  get chunks(): readonly Buffer[] {
    this.#close();
    return this.#whole;
  }
}

/** The rows of a few strings. */
export function rowChunks(rows: Iterable<string>): Rows {
  const chunks = new RowChunks();
  for (const row of rows) chunks.add(row);
  return chunks;
}
