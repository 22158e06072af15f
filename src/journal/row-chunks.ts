/**
 * Rows gathered as bytes in a few large chunks. As strings the rows of one large body would be a million pieces on the
 * heap, and the garbage collector would hold the event loop while it moves them about.
 */
import { type Rows, usualRetention } from '../core/journal.ts';
import { type Cells, skipCells, slotOf } from '../core/row.ts';
import { rowBytes, writeRow } from '../core/row-writer.ts';

const smallestChunk = 2_048;
const largestChunk = 1 << 20;
/** A row that may take so many bytes is a chunk of its own. */
const longRow = 128 * 1024;

function endLine(bytes: Buffer, at: number): number {
  bytes[at] = 0x0a;
  return at + 1;
}

/** The retention class of a row as bytes, for rows that were made elsewhere: they are long, and few. */
function retentionOf(row: Buffer): string {
  const at = skipCells(row, 0, slotOf.retention, row.length);
  return row.toString('utf8', at, skipCells(row, at, 1, row.length) - 1) || usualRetention;
}

export class RowChunks implements Rows {
  readonly #whole: Buffer[] = [];
  #open: Buffer = Buffer.alloc(0);
  #used = 0;
  #size = smallestChunk;
  #retention: string[] | undefined;
  count = 0;
  bytes = 0;

  /** Takes the row of an event. */
  add(cells: Cells): void {
    const retention = cells[slotOf.retention] as string;
    const most = rowBytes(cells) + 1;
    if (most >= longRow) {
      const row = Buffer.allocUnsafeSlow(most);
      this.#addWhole(row.subarray(0, endLine(row, writeRow(cells, row, 0))), retention);
      return;
    }
    if (this.#open.length - this.#used < most) this.#begin(most);
    const from = this.#used;
    this.#used = endLine(this.#open, writeRow(cells, this.#open, from));
    this.#count(retention, this.#used - from);
  }

  /** Takes a row that has its line feed; the bytes are kept, not copied. */
  addWhole(row: Buffer): void {
    this.#addWhole(row, retentionOf(row));
  }

  #addWhole(row: Buffer, retention: string): void {
    this.#close();
    this.#whole.push(row);
    this.#count(retention, row.length);
  }

  #count(retention: string, bytes: number): void {
    if (this.#retention === undefined && retention !== usualRetention)
      this.#retention = new Array(this.count).fill(usualRetention);
    this.#retention?.push(retention);
    this.count += 1;
    this.bytes += bytes;
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

  get retention(): readonly string[] | undefined {
    return this.#retention;
  }

  get chunks(): readonly Buffer[] {
    this.#close();
    return this.#whole;
  }
}

/** The rows of a few strings. */
export function rowChunks(rows: Iterable<string>): Rows {
  const chunks = new RowChunks();
  for (const row of rows) chunks.addWhole(Buffer.from(`${row}\n`));
  return chunks;
}
