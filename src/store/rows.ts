/**
 * Journalled rows on their way into the store: cut by partition into pieces, each of which becomes one insert and one
 * part. Rows are never parsed or copied; a piece names them, and its body is made of slices of the batches.
 */
import { setImmediate as breathe } from 'node:timers/promises';
import { type JournalBatch, usualRetention } from '../core/journal.ts';

/** Which row of which batch. */
export interface RowPlace {
  readonly batch: JournalBatch;
  readonly index: number;
}

/** Rows of one partition (retention class and day), in the order of their positions. */
export interface Piece {
  /** Days since 1970-01-01 UTC. */
  readonly day: number;
  readonly rows: readonly RowPlace[];
}

export interface PieceLimits {
  readonly rows: number;
  readonly bytes: number;
}

const dayLength = 86_400e6;

export const positionOf = ({ batch, index }: RowPlace): number => batch.first + index;
export const timeOf = ({ batch, index }: RowPlace): number => batch.times[index] as number;
const startOf = ({ batch, index }: RowPlace): number => (index === 0 ? 0 : (batch.ends[index - 1] as number));
const endOf = ({ batch, index }: RowPlace): number => batch.ends[index] as number;
export const textOf = (row: RowPlace): string =>
  row.batch.text.toString('utf8', startOf(row), endOf(row) - 1);

/** Rows that are gathered for a piece. */
interface Gathered {
  readonly rows: RowPlace[];
  bytes: number;
}

/** Rows that one turn of the event loop deals with. */
const slice = 5_000;

/** The pieces of these batches, none above the limits unless it is a single row. Between two slices others may run. */
export async function cutPieces(batches: readonly JournalBatch[], limits: PieceLimits): Promise<Piece[]> {
  /** By retention class, and by day. */
  const gathered = new Map<string, Map<number, Gathered>>();
  const pieces: Piece[] = [];
  for (const batch of batches) {
    for (let index = 0; index < batch.count; index++) {
      if (index % slice === slice - 1) await breathe();
      const row = { batch, index };
      const retention = batch.retention?.[index] ?? usualRetention;
      let days = gathered.get(retention);
      if (days === undefined) {
        days = new Map();
        gathered.set(retention, days);
      }
      const day = Math.floor(timeOf(row) / dayLength);
      const bytes = endOf(row) - startOf(row);
      let open = days.get(day);
      if (open !== undefined && (open.rows.length >= limits.rows || open.bytes + bytes > limits.bytes)) {
        pieces.push({ day, rows: open.rows });
        open = undefined;
      }
      if (open === undefined) {
        open = { rows: [], bytes: 0 };
        days.set(day, open);
      }
      open.rows.push(row);
      open.bytes += bytes;
    }
  }
  for (const days of gathered.values()) for (const [day, { rows }] of days) pieces.push({ day, rows });
  return pieces;
}

/** The rows as the engine takes them: as few slices as there are runs of neighbours. */
export function bodyOf(rows: readonly RowPlace[]): Buffer[] {
  const slices: Buffer[] = [];
  for (let from = 0; from < rows.length; ) {
    const first = rows[from] as RowPlace;
    let to = from;
    while (rows[to + 1]?.batch === first.batch && rows[to + 1]?.index === first.index + to + 1 - from)
      to += 1;
    slices.push(first.batch.text.subarray(startOf(first), endOf(rows[to] as RowPlace)));
    from = to + 1;
  }
  return slices;
}

/** As the engine writes a Date. */
export const dateText = (day: number): string => new Date(day * 86_400_000).toISOString().slice(0, 10);
