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
const escapeSpecials = (text: string): string =>
  text.replace(specials, (character) => escapes[character] as string);

/** From here on text is gone through byte by byte: a piece of string for each escape would cost many times the text. */
const hugeText = 100_000;
/** The letter behind the backslash for a byte that needs one, else 0. */
const letterOf = new Uint8Array(256);
for (const [character, escaped] of Object.entries(escapes))
  letterOf[character.charCodeAt(0)] = escaped.charCodeAt(1);

function escapeBytes(text: string): string {
  const bytes = new TextEncoder().encode(text);
  let more = 0;
  for (const byte of bytes) if (letterOf[byte] !== 0) more += 1;
  if (more === 0) return text;
  const escaped = new Uint8Array(bytes.length + more);
  let to = 0;
  for (const byte of bytes) {
    const letter = letterOf[byte] as number;
    if (letter !== 0) escaped[to++] = 92;
    escaped[to++] = letter === 0 ? byte : letter;
  }
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(escaped);
}

// A JSON record has many backslashes and none of the others, and a search for one character runs at the speed of
// memory: the backslash is dealt with apart, so that the regular expression is met only by what needs it.
const rare = ['\n', '\t', '\r', '\0', '\b', '\f'];
function escapeLong(text: string): string {
  if (text.length > hugeText) return escapeBytes(text);
  for (const character of rare) if (text.includes(character)) return escapeSpecials(text);
  return text.includes('\\') ? text.replaceAll('\\', '\\\\') : text;
}

/** Most cells are short: a loop over their characters is over before a search has begun. */
function escapeText(text: string): string {
  if (text.length > 100) return escapeLong(text);
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === 92 || code < 14) return escapeSpecials(text);
  }
  return text;
}

// Inside an array or a map a value is a quoted literal: the quote is escaped too, after the field's own escapes.
const quote = (text: string): string => {
  const escaped = escapeText(text);
  return escaped.includes("'") ? `'${escaped.replaceAll("'", "\\'")}'` : `'${escaped}'`;
};

/** Microseconds as DateTime64(6) reads them unambiguously: seconds, a point and six digits. */
const timeText = (micros: number): string => {
  const seconds = Math.floor(micros / 1e6);
  return `${seconds}.${String(micros - seconds * 1e6).padStart(6, '0')}`;
};

function listText(list: readonly string[]): string {
  let text = '';
  for (const item of list) text += text === '' ? quote(item) : `,${quote(item)}`;
  return `[${text}]`;
}

function mapText(map: Readonly<Record<string, string>>): string {
  let text = '';
  for (const key in map) {
    if (text !== '') text += ',';
    text += `${quote(key)}:${quote(map[key] as string)}`;
  }
  return `{${text}}`;
}

const encoders: Readonly<Record<Column['kind'], (value: never) => string>> = {
  text: escapeText,
  integer: (value: number) => `${value}`,
  flag: (value: boolean) => (value ? 'true' : 'false'),
  time: timeText,
  list: listText,
  map: mapText,
};
const absent: Readonly<Record<Column['kind'], string>> = {
  text: '',
  integer: '\\N',
  flag: '\\N',
  time: '\\N',
  list: '[]',
  map: '{}',
};

const encode = columns.map(({ kind }) => encoders[kind] as (value: unknown) => string);
const names: readonly string[] = columns.map(({ name }) => name);
const slotOf: ReadonlyMap<string, number> = new Map(names.map((name, slot) => [name, slot]));
const rawSlot = names.length - 1;

/** The values of `event` by column. */
function valuesOf(event: Event): readonly unknown[] {
  const values: unknown[] = new Array(names.length).fill(undefined);
  let last = -1;
  for (const name in event) {
    // Events from the main street have all columns in their order: it is the next one, and need not be searched.
    const slot = names[last + 1] === name ? last + 1 : slotOf.get(name);
    if (slot === undefined) continue;
    values[slot] = event[name as keyof Event];
    last = slot;
  }
  return values;
}

// gaps[from][to]: the tabs and marks of the absent columns from..to-1, and the tab before column `to`. An event fills
// about a third of its columns, in runs.
const gaps: readonly (readonly string[])[] = columns.map((_, from) =>
  columns.map((_, to) => {
    const marks = columns.slice(from, Math.max(from, to)).map((column) => absent[column.kind]);
    return `${from === 0 ? '' : '\t'}${[...marks, ''].join('\t')}`;
  }),
);

/** The row of `event` up to its last cell, which is that of `raw`. */
export function encodeHead(event: Event): string {
  const values = valuesOf(event);
  let row = '';
  let from = 0;
  for (let slot = 0; slot < rawSlot; slot += 1) {
    const value = values[slot];
    if (value === undefined) continue;
    row += (gaps[from] as string[])[slot] + (encode[slot] as (value: unknown) => string)(value);
    from = slot + 1;
  }
  return row + (gaps[from] as string[])[rawSlot];
}

/** The last cell of the row. Apart from its head, so that what is long is written as it is and never joined. */
export const encodeRaw = (event: Event): string => escapeLong(event.raw ?? '');

/** The row of `event`: as many cells as there are columns, parted by tabs. */
export const encodeRow = (event: Event): string => encodeHead(event) + encodeRaw(event);

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
