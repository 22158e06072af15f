/** Plain text, one record a line: access logs, whose form the vocabulary knows. Blank lines are no records. */
import { ok } from '../core/result.ts';
import type { Decoded, Protocol } from '../core/spec.ts';

const lineFeed = 0x0a;

/** The lines of a body without their ends (`\n`, `\r\n`), blank ones left out. */
export function* cutLines(body: Buffer): Generator<Decoded> {
  let line = 1;
  let blank = 0;
  for (let start = 0; start < body.length; line += 1) {
    const feed = body.indexOf(lineFeed, start);
    const next = feed < 0 ? body.length : feed + 1;
    let end = feed < 0 ? body.length : feed;
    if (end > start && body[end - 1] === 0x0d) end -= 1;
    if (end > start) yield { bytes: body.subarray(start, end), line, byte: start };
    else {
      blank += 1;
      if (blank % 100_000 === 0) yield { bytes: body.subarray(0, 0), line, byte: start };
    }
    start = next;
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
