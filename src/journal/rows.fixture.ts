/** Rows for the journal, from a few strings. */
import type { Rows } from '../core/journal.ts';

export function textRows(rows: readonly string[], retention?: readonly string[]): Rows {
  const chunks = rows.map((row) => Buffer.from(`${row}\n`));
  const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  return { count: rows.length, bytes, chunks, retention };
}
