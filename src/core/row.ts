/**
 * The text row of an event: its columns in order as ClickHouse's TabSeparated format writes them, `raw` last,
 * without the two columns that only the journal knows (`position`, `batch`) and without a line feed. Written by
 * `row-writer.ts`, read here.
 *
 * Text, so that the journal can hold what the engine takes, and the writer can pass it on without parsing.
 */
import { type Column, type ColumnName, columns, type Event, type StoredEvent } from './event.ts';

/** Columns that precede those of the event in a journalled and stored row. */
export const placeColumns = ['position', 'batch'] as const;

/**
 * An event as the values of its columns in order, undefined where it has none. Here `raw` may be bytes, UTF-8: what is
 * long is not made a string to become bytes again.
 */
export type Cells = unknown[];

/** Where each column stands in a row. */
export const slotOf = Object.fromEntries(columns.map(({ name }, slot) => [name, slot])) as Readonly<
  Record<ColumnName, number>
>;

/** The event of cells. */
export const eventOf = (cells: Cells): Event =>
  Object.fromEntries(
    columns.flatMap(({ name }, slot) => {
      const value = cells[slot];
      if (value === undefined) return [];
      return [[name, value instanceof Uint8Array ? new TextDecoder().decode(value) : value]];
    }),
  ) as Event;

const unescapes: Readonly<Record<string, string>> = {
  t: '\t',
  n: '\n',
  r: '\r',
  '0': '\0',
  b: '\b',
  f: '\f',
  '\\': '\\',
  "'": "'",
};
/** From here on text is unescaped byte by byte: a piece of string for each escape would cost a hundred times the text. */
const longText = 10_000;
const unescapedByte = Uint8Array.from({ length: 256 }, (_, byte) => byte);
for (const [letter, character] of Object.entries(unescapes))
  unescapedByte[letter.charCodeAt(0)] = character.charCodeAt(0);

function unescapeLong(text: string): string {
  const bytes = new TextEncoder().encode(text);
  let to = 0;
  for (let from = 0; from < bytes.length; from += 1) {
    let byte = bytes[from] as number;
    if (byte === 92 && from + 1 < bytes.length) {
      from += 1;
      byte = unescapedByte[bytes[from] as number] as number;
    }
    bytes[to] = byte;
    to += 1;
  }
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, to));
}

function unescapeText(text: string): string {
  if (!text.includes('\\')) return text;
  if (text.length > longText) return unescapeLong(text);
  return text.replace(/\\(.)/gs, (_, character: string) => unescapes[character] ?? character);
}

/** The quoted literals of a list or map cell, in order. */
const literals = (text: string): string[] =>
  Array.from(text.matchAll(/'((?:[^'\\]|\\.)*)'/gs), (match) => unescapeText(match[1] as string));

function value(column: Column, text: string): unknown {
  switch (column.kind) {
    case 'text':
      return text === '' ? undefined : unescapeText(text);
    case 'integer':
      return text === '\\N' ? undefined : Number(text);
    case 'flag':
      return text === '\\N' ? undefined : text === 'true';
    case 'time':
      return Number(text.replace('.', ''));
    case 'list':
      return text === '[]' ? undefined : literals(text);
    case 'map': {
      if (text === '{}') return undefined;
      const parts = literals(text);
      const entries = parts.flatMap((part, index) =>
        index % 2 === 0 ? [[part, parts[index + 1] ?? '']] : [],
      );
      return Object.fromEntries(entries);
    }
  }
}

/** The event of a journalled row (`position`, `batch`, then the columns): the inverse of `writeRow`. */
export function decodeRow(row: string): StoredEvent {
  const cells = row.split('\t');
  const event: Record<string, unknown> = { position: Number(cells[0]) };
  columns.forEach((column, index) => {
    const decoded = value(column, cells[index + placeColumns.length] ?? '');
    if (decoded !== undefined) event[column.name] = decoded;
  });
  event.raw ??= '';
  return event as StoredEvent;
}

const tab = 0x09;

/**
 * In rows as bytes, for those that pass over tens of thousands a second: the beginning of the cell so many cells behind
 * the one that holds `at`; `end`, that of the row, where there are fewer.
 */
export function skipCells(text: Uint8Array, at: number, cells: number, end: number): number {
  let next = at;
  let left = cells;
  while (left > 0 && next < end) {
    if (text[next] === tab) left -= 1;
    next += 1;
  }
  return next;
}
