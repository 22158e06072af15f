/**
 * Writes the row of an event (`row.ts`) straight into bytes. A row is made of some thirty short pieces: as strings they
 * would be joined, flattened and encoded, which costs more than all of this.
 *
 * Source of the escapes: ClickHouse documentation, formats, TabSeparated.
 */
import { type Column, columns } from './event.ts';
import { type Cells, slotOf } from './row.ts';

const backslash = 92;
const apostrophe = 39;
const comma = 44;
const colon = 58;

/** The letter that stands behind a backslash for a byte, or 0 for a byte that stands for itself. */
const letters = new Uint8Array(256);
for (const [character, letter] of Object.entries({
  '\\': '\\',
  '\t': 't',
  '\n': 'n',
  '\r': 'r',
  '\0': '0',
  '\b': 'b',
  '\f': 'f',
}))
  letters[character.charCodeAt(0)] = letter.charCodeAt(0);
/** The same inside the quoted literals of a list or map. */
const quotedLetters = letters.slice();
quotedLetters[apostrophe] = apostrophe;

/** Characters from which on a native encoder is faster than a loop. */
const longText = 200;
/** Most bytes that a character of a text takes, escaped or not. */
const characterBytes = 3;
const encoder = new TextEncoder();

function writeBytes(bytes: Uint8Array, from: number, table: Uint8Array, to: Uint8Array, at: number): number {
  let next = at;
  for (let index = from; index < bytes.length; index += 1) {
    const byte = bytes[index] as number;
    const letter = table[byte] as number;
    if (letter !== 0) to[next++] = backslash;
    to[next++] = letter === 0 ? byte : letter;
  }
  return next;
}

function writeText(text: string, table: Uint8Array, to: Uint8Array, at: number): number {
  const { length } = text;
  let next = at;
  for (let index = 0; index < length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 127 || index === longText) return writeBytes(encoder.encode(text), 0, table, to, at);
    const letter = table[code] as number;
    if (letter !== 0) to[next++] = backslash;
    to[next++] = letter === 0 ? code : letter;
  }
  return next;
}

function writePlain(text: string, to: Uint8Array, at: number): number {
  for (let index = 0; index < text.length; index += 1) to[at + index] = text.charCodeAt(index);
  return at + text.length;
}

/** Microseconds as DateTime64(6) reads them unambiguously: seconds, a point and six digits. */
function writeTime(micros: number, to: Uint8Array, at: number): number {
  const seconds = Math.floor(micros / 1e6);
  const digits = writePlain(`${seconds}.`, to, at);
  let rest = micros - seconds * 1e6;
  for (let place = digits + 5; place >= digits; place -= 1) {
    to[place] = 48 + (rest % 10);
    rest = Math.floor(rest / 10);
  }
  return digits + 6;
}

function writeQuoted(text: string, to: Uint8Array, at: number): number {
  to[at] = apostrophe;
  const end = writeText(text, quotedLetters, to, at + 1);
  to[end] = apostrophe;
  return end + 1;
}

function writeList(list: readonly string[], to: Uint8Array, at: number): number {
  let next = writePlain('[', to, at);
  for (const item of list) {
    if (next > at + 1) to[next++] = comma;
    next = writeQuoted(item, to, next);
  }
  return writePlain(']', to, next);
}

function writeMap(map: Readonly<Record<string, string>>, to: Uint8Array, at: number): number {
  let next = writePlain('{', to, at);
  for (const key in map) {
    if (next > at + 1) to[next++] = comma;
    next = writeQuoted(key, to, next);
    to[next++] = colon;
    next = writeQuoted(map[key] as string, to, next);
  }
  return writePlain('}', to, next);
}

const Kind = { text: 0, integer: 1, flag: 2, time: 3, list: 4, map: 5 } as const;
const kinds = Uint8Array.from(columns, ({ kind }) => Kind[kind]);
const rawSlot = slotOf.raw;

// Numbers and the other kinds are told apart by a switch: functions in a table would be called one by one, unoptimised.
function writeCell(slot: number, value: unknown, to: Uint8Array, at: number): number {
  switch (kinds[slot]) {
    case Kind.text:
      return writeText(value as string, letters, to, at);
    case Kind.integer:
      return writePlain(`${value}`, to, at);
    case Kind.flag:
      return writePlain(value === true ? 'true' : 'false', to, at);
    case Kind.time:
      return writeTime(value as number, to, at);
    case Kind.list:
      return writeList(value as readonly string[], to, at);
    default:
      return writeMap(value as Readonly<Record<string, string>>, to, at);
  }
}

const absent: Readonly<Record<Column['kind'], string>> = {
  text: '',
  integer: '\\N',
  flag: '\\N',
  time: '\\N',
  list: '[]',
  map: '{}',
};
// gaps[from][to]: the tabs and marks of the absent columns from..to-1, and the tab before column `to`. An event fills
// about a third of its columns, in runs.
const gaps: readonly (readonly Uint8Array[])[] = columns.map((_, from) =>
  columns.map((_, to) => {
    const marks = columns.slice(from, Math.max(from, to)).map((column) => absent[column.kind]);
    return encoder.encode(`${from === 0 ? '' : '\t'}${[...marks, ''].join('\t')}`);
  }),
);

function writeGap(gap: Uint8Array, to: Uint8Array, at: number): number {
  for (let index = 0; index < gap.length; index += 1) to[at + index] = gap[index] as number;
  return at + gap.length;
}

/** A search for one byte runs at the speed of memory: most records need no escapes and are copied whole. */
const rare = [9, 10, 13, 0, 8, 12];
const needsEscapes = (bytes: Uint8Array): boolean =>
  bytes.includes(backslash) || rare.some((byte) => bytes.includes(byte));

const rawBytes = (cells: Cells): Uint8Array => {
  const raw = cells[rawSlot] ?? '';
  return typeof raw === 'string' ? encoder.encode(raw) : (raw as Uint8Array);
};

/** A number has 25 characters at most (ECMA-262, Number::toString). */
const numberBytes = 25;
const literalBytes = (text: string): number => text.length * characterBytes + 4;
const emptyBytes = ((gaps[0] as Uint8Array[])[rawSlot] as Uint8Array).length;

function bytesOfMap(map: Readonly<Record<string, string>>): number {
  let most = 2;
  for (const key in map) most += literalBytes(key) + literalBytes(map[key] as string);
  return most;
}

/** Bytes that the row of `cells` takes at most. */
export function rowBytes(cells: Cells): number {
  let most = emptyBytes;
  for (let slot = 0; slot < rawSlot; slot += 1) {
    const value = cells[slot];
    if (value === undefined) continue;
    const kind = kinds[slot];
    if (kind === Kind.text) most += (value as string).length * characterBytes;
    else if (kind === Kind.map) most += bytesOfMap(value as Readonly<Record<string, string>>);
    else if (kind === Kind.list) for (const item of value as readonly string[]) most += literalBytes(item);
    else most += numberBytes;
  }
  const raw = (cells[rawSlot] ?? '') as string | Uint8Array;
  return most + raw.length * (typeof raw === 'string' ? characterBytes : 2);
}

/** Writes the row at `at`, where there must be room for {@link rowBytes}; answers where it ends. */
export function writeRow(cells: Cells, to: Uint8Array, at: number): number {
  let next = at;
  let from = 0;
  for (let slot = 0; slot < rawSlot; slot += 1) {
    const value = cells[slot];
    if (value === undefined) continue;
    next = writeGap((gaps[from] as Uint8Array[])[slot] as Uint8Array, to, next);
    next = writeCell(slot, value, to, next);
    from = slot + 1;
  }
  next = writeGap((gaps[from] as Uint8Array[])[rawSlot] as Uint8Array, to, next);
  const raw = rawBytes(cells);
  if (needsEscapes(raw)) return writeBytes(raw, 0, letters, to, next);
  to.set(raw, next);
  return next + raw.length;
}
