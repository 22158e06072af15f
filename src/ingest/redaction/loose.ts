/**
 * Names and values in text of any make, as in a header line, a form, a log line or half a JSON record:
 * `Authorization: Basic …`, `password=…`, `"secret": 'x`. For what could not be parsed; takes rather too much.
 */
import { isSecret, isSecretText, type NameMatcher, ruleOf } from './names.ts';
import { inText, type Spans } from './spans.ts';

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const backslash = 0x5c;
const isQuote = (byte: number | undefined): boolean => byte === 0x22 || byte === 0x27;
const isPadding = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x09 || byte === backslash || isQuote(byte);
/** The longest name that is looked at. */
const longestName = 64;

const isNamePart = (byte: number): boolean =>
  (byte >= 0x30 && byte <= 0x39) ||
  (byte >= 0x41 && byte <= 0x5a) ||
  (byte >= 0x61 && byte <= 0x7a) ||
  byte === 0x2d ||
  byte === 0x5f;

/** Start and end of the name before the separator at `at`; empty when there is none. */
function nameBefore(bytes: Buffer, at: number): [number, number] {
  let end = at;
  while (end > 0 && at - end < 8 && isPadding(bytes[end - 1])) end--;
  let start = end;
  while (start > 0 && end - start < longestName && isNamePart(bytes[start - 1] as number)) start--;
  return [start, end];
}

/** End of the value at `at`: its closing quote when it has one, else the line, and behind `=` the next separator. */
function valueEnd(bytes: Buffer, at: number, quoted: boolean, isParameter: boolean): number {
  for (let next = at; next < bytes.length; next++) {
    const byte = bytes[next] as number;
    if (byte === lineFeed || byte === carriageReturn) return next;
    if (isQuote(byte) && bytes[next - 1] !== backslash) return next;
    if (byte === backslash && isQuote(bytes[next + 1]) && !quoted) return next;
    if (!quoted && isParameter && (byte === 0x20 || byte === 0x26 || byte === 0x3b || byte === 0x2c))
      return next;
  }
  return bytes.length;
}

export function scanLoosePairs(bytes: Buffer, names: NameMatcher, spans: Spans): void {
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte !== 0x3a && byte !== 0x3d) continue;
    const [start, end] = nameBefore(bytes, at);
    const sign = start === end ? 0 : names(bytes, start, end);
    if (!isSecret(sign)) continue;
    let value = at + 1;
    while (value < bytes.length && value - at < 8 && isPadding(bytes[value])) value++;
    // An object or a list: its members speak for themselves.
    if (bytes[value] === 0x7b || bytes[value] === 0x5b) continue;
    const opened = bytes[value - 1];
    const stop = valueEnd(bytes, value, isQuote(opened) && bytes[value - 2] !== backslash, byte === 0x3d);
    if (isSecretText(sign, bytes, value, stop)) spans.add(value, stop, inText, ruleOf(sign));
    at = Math.max(at, stop - 1);
  }
}
