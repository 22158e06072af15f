/**
 * Where a text stops being JSON, and what was expected there. The platform's own parser says it with a piece of the
 * text, which may be a secret; this says it without.
 */

export interface JsonFault {
  /** 0-based byte of the first thing that is not JSON; the length of the text when it ends too early. */
  readonly byte: number;
  /** Such as `a value`; never a piece of the text. */
  readonly expected: string;
}

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openList = 0x5b;
const backslash = 0x5c;
const closeList = 0x5d;
const openObject = 0x7b;
const closeObject = 0x7d;

const isSpace = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39;
const isHex = (byte: number | undefined): boolean =>
  isDigit(byte) || (byte !== undefined && (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
const escapes = new Set(Buffer.from('"\\/bfnrtu'));
const words = ['true', 'false', 'null'].map((word) => Buffer.from(word));

/** Place behind a token, or what is wrong with it. */
type Read = number | JsonFault;

/** The string whose opening quote is at `start`. */
function readString(text: Buffer, start: number): Read {
  let at = start + 1;
  for (;;) {
    const byte = text[at];
    if (byte === undefined) return { byte: at, expected: 'a closing quote' };
    if (byte === quote) return at + 1;
    if (byte < 0x20) return { byte: at, expected: 'a closing quote or an escaped control character' };
    if (byte !== backslash) {
      at += 1;
      continue;
    }
    const after = text[at + 1];
    if (after === undefined || !escapes.has(after))
      return { byte: at + 1, expected: 'an escape such as \\n or \\u00e9' };
    at += 2;
    if (after !== 0x75) continue;
    for (const end = at + 4; at < end; at += 1)
      if (!isHex(text[at])) return { byte: at, expected: 'four hexadecimal digits' };
  }
}

function readNumber(text: Buffer, start: number): Read {
  let at = text[start] === 0x2d ? start + 1 : start;
  const digits = (): boolean => {
    const from = at;
    while (isDigit(text[at])) at += 1;
    return at > from;
  };
  const noDigit = (): JsonFault => ({ byte: at, expected: 'a digit' });
  // No digit follows a leading zero.
  if (text[at] === 0x30) at += 1;
  else if (!digits()) return noDigit();
  if (text[at] === 0x2e) {
    at += 1;
    if (!digits()) return noDigit();
  }
  if (text[at] === 0x65 || text[at] === 0x45) {
    at += 1;
    if (text[at] === 0x2b || text[at] === 0x2d) at += 1;
    if (!digits()) return noDigit();
  }
  return at;
}

function readScalar(text: Buffer, at: number): Read {
  const byte = text[at];
  if (byte === quote) return readString(text, at);
  if (byte === 0x2d || isDigit(byte)) return readNumber(text, at);
  const word = words.find((each) => text.subarray(at, at + each.length).equals(each));
  return word === undefined ? { byte: at, expected: 'a value' } : at + word.length;
}

/** The first fault of `text` as JSON, or undefined when it has none. One pass, of any depth. */
export function jsonFault(text: Buffer): JsonFault | undefined {
  const open: number[] = [];
  let at = 0;
  let wants: 'value' | 'value or end' | 'name' | 'name or end' | 'colon' | 'more' = 'value';
  for (;;) {
    while (isSpace(text[at])) at += 1;
    const byte = text[at];
    const inObject = open.at(-1) === openObject;
    const ends = byte === (inObject ? closeObject : closeList) && open.length > 0;
    if (wants === 'more' && open.length === 0)
      return byte === undefined ? undefined : { byte: at, expected: 'the end of the record' };
    if (ends && (wants === 'more' || wants === 'value or end' || wants === 'name or end')) {
      open.pop();
      wants = 'more';
      at += 1;
    } else if (wants === 'more') {
      if (byte !== comma) return { byte: at, expected: `a comma or ${inObject ? '}' : ']'}` };
      wants = inObject ? 'name' : 'value';
      at += 1;
    } else if (wants === 'colon') {
      if (byte !== colon) return { byte: at, expected: 'a colon' };
      wants = 'value';
      at += 1;
    } else if (wants === 'name' || wants === 'name or end') {
      if (byte !== quote)
        return { byte: at, expected: `a name in double quotes${wants === 'name' ? '' : ' or }'}` };
      const read = readString(text, at);
      if (typeof read !== 'number') return read;
      wants = 'colon';
      at = read;
    } else if (byte === openObject || byte === openList) {
      open.push(byte);
      wants = byte === openObject ? 'name or end' : 'value or end';
      at += 1;
    } else {
      const read = readScalar(text, at);
      if (typeof read !== 'number')
        return wants === 'value or end' && read.expected === 'a value'
          ? { ...read, expected: 'a value or ]' }
          : read;
      wants = 'more';
      at = read;
    }
  }
}

/** What is wrong with a record that should be JSON. */
export function jsonComplaint(record: Buffer): string {
  const fault = jsonFault(record);
  return fault === undefined
    ? 'damaged JSON'
    : `damaged JSON at byte ${fault.byte} of the record: expected ${fault.expected}`;
}
