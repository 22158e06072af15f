/**
 * Picks the rows that folds read out of a journal batch. Nearly all rows are none of theirs, at tens of thousands a
 * second: those are passed over as bytes, in a fraction of a microsecond each.
 */
import type { ColumnName } from '../core/event.ts';
import type { JournalBatch } from '../core/journal.ts';
import { placeColumns, skipCells, slotOf } from '../core/row.ts';
import type { Fold } from './fold.ts';

const tab = 0x09;
const backslash = 0x5c;
const placeOf = (name: ColumnName): number => placeColumns.length + slotOf[name];
const causedBy = placeOf('causedBy');
const vocabulary = placeOf('vocabulary');
const duration = placeOf('duration');

interface Wanted {
  readonly fold: Fold;
  /** The cells of vocabulary and type, which lie side by side, with their tabs. */
  readonly cells: Buffer;
  /** Microseconds. */
  readonly lasting: number;
}

function holds(text: Buffer, at: number, cells: Buffer): boolean {
  for (let index = 0; index < cells.length; index += 1) if (text[at + index] !== cells[index]) return false;
  return true;
}

/** A whole number that is not negative; -1 for `\N`. */
function numberAt(text: Buffer, from: number): number {
  if (text[from] === backslash) return -1;
  let number = 0;
  for (let at = from; text[at] !== tab; at += 1) number = number * 10 + ((text[at] as number) - 0x30);
  return number;
}

export interface Picked {
  readonly fold: Fold;
  /** Of the row in its batch. */
  readonly index: number;
}

/** Picks from `batch` the next rows that `folds` read. */
export function createPicking(folds: readonly Fold[]) {
  const everyWanted: readonly Wanted[] = folds.flatMap((fold) =>
    fold.reads.map(({ type, lasting = 0 }) => ({
      fold,
      cells: Buffer.from(`${fold.vocabulary}\t${type}\t`),
      lasting,
    })),
  );

  /** Looks at the rows from `from` to before `to`, in order; derived events are nobody's. */
  return function pick(
    { text, ends }: Pick<JournalBatch, 'text' | 'ends'>,
    from: number,
    to: number,
  ): Picked[] {
    const picked: Picked[] = [];
    for (let index = from; index < to; index += 1) {
      const end = ends[index] as number;
      const cause = skipCells(text, index === 0 ? 0 : (ends[index - 1] as number), causedBy, end);
      if (text[cause] !== tab) continue;
      const at = skipCells(text, cause, vocabulary - causedBy, end);
      for (const { fold, cells, lasting } of everyWanted) {
        if (!holds(text, at, cells)) continue;
        const lasts =
          lasting === 0 || numberAt(text, skipCells(text, at, duration - vocabulary, end)) >= lasting;
        if (lasts) picked.push({ fold, index });
      }
    }
    return picked;
  };
}
