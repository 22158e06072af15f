/** Plain text, one record a line: access logs, whose form the vocabulary knows. Blank lines are no records. */
import { ok } from '../core/result.ts';
import type { Decoded, Protocol } from '../core/spec.ts';

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** Blank lines passed over before the caller may let others run. */
const manyBlanks = 1 << 17;

/** The lines of a body without their ends (`\n`, `\r\n`), blank ones left out. */
export function* cutLines(body: Buffer): Generator<Decoded> {
  let line = 0;
  let blanks = 0;
  for (let start = 0; start < body.length; ) {
    line += 1;
    const isBlank =
      body[start] === lineFeed || (body[start] === carriageReturn && body[start + 1] === lineFeed);
    if (isBlank) {
      start += body[start] === lineFeed ? 1 : 2;
      blanks += 1;
      if (blanks % manyBlanks === 0) yield { bytes: body.subarray(0, 0), line, byte: start };
      continue;
    }
    const feed = body.indexOf(lineFeed, start);
    const end = feed < 0 ? body.length : feed;
    const text = body[end - 1] === carriageReturn ? end - 1 : end;
    if (text > start) yield { bytes: body.subarray(start, text), line, byte: start };
    start = end + 1;
  }
}

export const lines: Protocol = {
  name: 'lines',
  doc: 'Plain text, one record a line.',
  example:
    '203.0.113.7 - - [21/Nov/2026:13:00:00 +0000] "GET /orders HTTP/1.1" 200 512 "-" "curl/8.5.0"\n' +
    '203.0.113.8 - - [21/Nov/2026:13:00:01 +0000] "GET /users HTTP/1.1" 404 153 "-" "curl/8.5.0"\n',
  decode: (body) => ok(cutLines(body)),
};
