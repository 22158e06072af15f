/** Events as cells, and their rows as text. */
import { columns, type Event } from './event.ts';
import type { Cells } from './row.ts';
import { rowBytes, writeRow } from './row-writer.ts';

export const cellsOf = (event: Event): Cells => columns.map(({ name }) => event[name]);

export function encodeRow(event: Event): string {
  const cells = cellsOf(event);
  const bytes = new Uint8Array(rowBytes(cells));
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, writeRow(cells, bytes, 0)));
}
