/** A JSON string's text as bytes, and for each of them the place it came from: so that a find in it can be replaced. */

export interface Unescaped {
  readonly text: Buffer;
  /** Place of each byte of `text` in the source, and one more for the end. */
  readonly places: Uint32Array;
  /** An escape that JSON does not know, or half a one. */
  readonly broken: boolean;
}

const plain: Readonly<Record<number, number>> = {
  34: 0x22,
  92: 0x5c,
  47: 0x2f,
  98: 0x08,
  102: 0x0c,
  110: 0x0a,
  114: 0x0d,
  116: 0x09,
};
const backslash = 0x5c;
/** Values of hexadecimal digits; -1 for everything else. */
const digits = new Int8Array(256).fill(-1);
for (const [value, digit] of [...'0123456789abcdef'].entries()) {
  digits[digit.charCodeAt(0)] = value;
  digits[digit.toUpperCase().charCodeAt(0)] = value;
}
/** Stands for a character beyond ASCII that was written as `\uXXXX`: no rule looks at those. */
const beyondAscii = 0xff;

/** The text between `start` and `end`, one level of escapes undone. */
export function unescaped(bytes: Buffer, start: number, end: number): Unescaped {
  const text = Buffer.allocUnsafe(end - start);
  const places = new Uint32Array(end - start + 1);
  let length = 0;
  let broken = false;
  let at = start;
  while (at < end) {
    places[length] = at;
    const byte = bytes[at] as number;
    if (byte !== backslash) {
      text[length++] = byte;
      at++;
      continue;
    }
    const kind = at + 1 < end ? (bytes[at + 1] as number) : 0;
    const code = kind === 0x75 ? unicode(bytes, at + 2, end) : (plain[kind] ?? -1);
    if (code < 0) broken = true;
    text[length++] = code < 0 ? kind : code < 0x80 ? code : beyondAscii;
    at += kind === 0x75 && code >= 0 ? 6 : 2;
  }
  places[length] = end;
  return { text: text.subarray(0, length), places: places.subarray(0, length + 1), broken };
}

/** The four hexadecimal digits at `at`, or -1. */
function unicode(bytes: Buffer, at: number, end: number): number {
  if (at + 4 > end) return -1;
  let code = 0;
  for (let next = at; next < at + 4; next++) {
    const digit = digits[bytes[next] as number] as number;
    if (digit < 0) return -1;
    code = code * 16 + digit;
  }
  return code;
}
