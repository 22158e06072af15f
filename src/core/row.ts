/**
 * The text row of an event: its columns in order as ClickHouse's TabSeparated format writes them, `raw` last,
 * without the two columns that only the journal knows (`position`, `batch`) and without a line feed.
 *
 * Text, so that the journal can hold what the engine takes, and the writer can pass it on without parsing.
 * Source of the escapes: ClickHouse documentation, formats, TabSeparated.
 */
import { type Column, columns, type Event, type StoredEvent } from './event.ts';

/** Columns that precede those of the event in a journalled and stored row. */
export const placeColumns = ['position', 'batch'] as const;

const special = /[\\\t\n\r\0\b\f]/;
const specials = /[\\\t\n\r\0\b\f]/g;
const escapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  '\0': '\\0',
  '\b': '\\b',
  '\f': '\\f',
};
const escapeText = (text: string): string =>
  special.test(text) ? text.replace(specials, (character) => escapes[character] as string) : text;

// Inside an array or a map a value is a quoted literal: the quote is escaped too, after the field's own escapes.
const quote = (text: string): string => `'${escapeText(text).replaceAll("'", "\\'")}'`;

/** Microseconds as DateTime64(6) reads them unambiguously: seconds, a point and six digits. */
const timeText = (micros: number): string => {
  const seconds = Math.floor(micros / 1e6);
  return `${seconds}.${String(micros - seconds * 1e6).padStart(6, '0')}`;
};

function cell(column: Column, value: unknown): string {
  if (column.kind === 'text') return value === undefined ? '' : escapeText(value as string);
  if (column.kind === 'list')
    return value === undefined ? '[]' : `[${(value as string[]).map(quote).join(',')}]`;
  if (column.kind === 'map') return value === undefined ? '{}' : mapText(value as Record<string, string>);
  if (value === undefined) return '\\N';
  if (column.kind === 'time') return timeText(value as number);
  return String(value);
}

function mapText(map: Readonly<Record<string, string>>): string {
  let text = '';
  for (const key in map) text += `${text === '' ? '' : ','}${quote(key)}:${quote(map[key] as string)}`;
  return `{${text}}`;
}

/** The row of `event`: as many cells as there are columns, parted by tabs. */
export function encodeRow(event: Event): string {
  const values = event as Readonly<Record<string, unknown>>;
  let row = '';
  for (const column of columns) row += `${row === '' ? '' : '\t'}${cell(column, values[column.name])}`;
  return row;
}

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
const unescapeText = (text: string): string =>
  text.includes('\\')
    ? text.replace(/\\(.)/gs, (_, character: string) => unescapes[character] ?? character)
    : text;

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

/** The event of a journalled row (`position`, `batch`, then the columns): the inverse of {@link encodeRow}. */
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
