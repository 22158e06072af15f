/**
 * Cuts a body of JSON values into its records without building them: one pass over the bytes, never back further than
 * the body is long in all. It knows brackets and strings, no more: whether a record is JSON is found by parsing it.
 */
import type { Decoded } from '../core/spec.ts';

const lineFeed = 0x0a;
const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openList = 0x5b;
const backslash = 0x5c;
const closeList = 0x5d;
const openObject = 0x7b;
const closeObject = 0x7d;

/** Down to here a bracket must be closed by its own kind; below it is enough that brackets are counted. */
const watchedDepth = 200;
/** Bytes after which a search takes a breath. */
const stride = 1 << 18;

const isSpace = (byte: number): boolean =>
  byte === 0x20 || byte === lineFeed || byte === 0x0d || byte === 0x09;

/** A search for the end of one object or list; it can be left and taken up again. */
interface Search {
  at: number;
  depth: number;
  inString: boolean;
  /** The last byte outside strings that is no space. */
  before: number;
  /** Start of a later line that begins with an opening brace: where a record cut short may have ended. */
  nextRecord: number;
  readonly open: Uint8Array;
}

const beginSearch = (at: number): Search => ({
  at,
  depth: 0,
  inString: false,
  before: comma,
  nextRecord: -1,
  open: new Uint8Array(watchedDepth + 1),
});

/** Goes on for at most a stride. `at` is then the place after the record, the place of the damage, or where to go on. */
function goOn(body: Buffer, search: Search): 'found' | 'damaged' | 'going on' {
  const end = Math.min(body.length, search.at + stride);
  let { at, depth, inString, before } = search;
  let verdict: 'found' | 'damaged' | 'going on' = 'going on';
  for (; at < end; at += 1) {
    const byte = body[at] as number;
    if (inString) {
      if (byte === backslash) at += 1;
      else if (byte === quote) inString = false;
      else if (byte === lineFeed) {
        verdict = 'damaged';
        break;
      }
      continue;
    }
    if (byte === quote) {
      inString = true;
      before = byte;
    } else if (byte === openObject || byte === openList) {
      if (body[at - 1] === lineFeed && byte === openObject && depth > 0 && search.nextRecord < 0)
        search.nextRecord = at;
      // No JSON value opens behind anything else: a record was cut short here and the next one begins.
      if (before !== comma && before !== colon && before !== openList) {
        verdict = 'damaged';
        break;
      }
      depth += 1;
      if (depth <= watchedDepth) search.open[depth] = byte;
      before = byte;
    } else if (byte === closeObject || byte === closeList) {
      const opened = depth > watchedDepth ? byte - 2 : search.open[depth];
      if (opened !== byte - 2) {
        verdict = 'damaged';
        break;
      }
      depth -= 1;
      before = byte;
      if (depth === 0) {
        at += 1;
        verdict = 'found';
        break;
      }
    } else if (!isSpace(byte)) before = byte;
  }
  search.at = Math.min(at, body.length);
  search.depth = depth;
  search.inString = inString;
  search.before = before;
  return verdict === 'going on' && at >= body.length ? 'damaged' : verdict;
}

/** Takes a breath: an empty record without a problem (core/spec.ts). */
const breath = (byte: number): Decoded => ({ bytes: Buffer.alloc(0), line: 0, byte });

/** Where lines end and which line a place is in; asked in nearly rising order, so that the body is searched once. */
function lineEnds(body: Buffer) {
  let from = 0;
  let feed = -1;
  let line = 1;
  let counted = 0;
  const after = (place: number): number => {
    if (place < from || place > feed) {
      from = place;
      const found = body.indexOf(lineFeed, place);
      feed = found < 0 ? body.length : found;
    }
    return feed;
  };
  return {
    /** Place of the first line feed at or after `place`, or the end of the body. */
    after,
    /** 1-based line of `place`; never asked for an earlier place than before. */
    lineOf(place: number): number {
      while (counted < place) {
        const end = after(counted);
        if (end >= place) break;
        line += 1;
        counted = end + 1;
      }
      return line;
    },
  };
}

/** Bytes of a line that is looked through in one go. */
const longestLine = 1 << 20;
const suspects = ['}{', '} ', '}\t'].map((text) => Buffer.from(text));

/**
 * End of the record when the line `start`..`end` is one record for certain, or -1. In valid JSON a brace that closes
 * and one that opens never meet within a value, and no string holds a line feed: so where a line is `{…}` and the next
 * begins with `{`, a record ends with the line. That leaves several records in one line, which the suspects rule out.
 * This spares most bodies the pass over every byte.
 */
function wholeLine(body: Buffer, start: number, end: number): number {
  if (end - start > longestLine) return -1;
  if (end - start > stride) return -1;
  let last = end - 1;
  while (last > start && isSpace(body[last] as number) && end - last < 100) last -= 1;
  if (body[last] !== closeObject) return -1;
  let next = end;
  while (next < body.length && isSpace(body[next] as number) && next - end < 100) next += 1;
  if (next < body.length && body[next] !== openObject) return -1;
  const line = body.subarray(start, last + 1);
  return suspects.some((suspect) => line.includes(suspect)) ? -1 : last + 1;
}

/** A value that is neither object nor list, or no JSON at all: up to the end of its line, or of its place in a list. */
function endOfScalar(body: Buffer, start: number, lineEnd: number): number {
  let inString = false;
  for (let at = start; at < Math.min(lineEnd, start + stride); at += 1) {
    const byte = body[at];
    if (byte === backslash && inString) at += 1;
    else if (byte === quote) inString = !inString;
    else if (!inString && (byte === comma || byte === closeList)) return Math.max(at, start + 1);
  }
  return lineEnd;
}

const hasMark = (body: Buffer): boolean => body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf;

/**
 * The records of a body: one object, objects in a list, in lines, side by side, pretty-printed, or lists of objects.
 * A damaged record is one record with a problem; the next begins where the damage shows one, else in the next line.
 * Elements of a list are records of their own; a value that is no object is a record with a problem.
 */
export function* cutJson(body: Buffer): Generator<Decoded> {
  const lines = lineEnds(body);
  const cut = (start: number, end: number, reason?: string): Decoded => ({
    bytes: body.subarray(start, end),
    line: lines.lineOf(start),
    byte: start,
    ...(reason === undefined ? {} : { problem: { path: '', reason } }),
  });
  let at = hasMark(body) ? 3 : 0;
  let rested = at;
  let inList = false;
  // The lines up to here were found not to be one record each.
  let mixedUntil = 0;
  // What may still be read a second time: the body once over, however it is damaged.
  let rereads = body.length;

  while (at < body.length) {
    const byte = body[at] as number;
    if (isSpace(byte) || (inList && byte === comma) || byte === (inList ? closeList : openList)) {
      if (byte === openList || byte === closeList) inList = !inList;
      at += 1;
      if (at - rested > stride) {
        rested = at;
        yield breath(at);
      }
      continue;
    }
    const start = at;
    if (byte !== openObject && byte !== openList) {
      const lineEnd = lines.after(start);
      at = inList ? endOfScalar(body, start, lineEnd) : lineEnd;
      yield cut(start, at, 'not a JSON object');
      continue;
    }
    if (!inList && start >= mixedUntil) {
      const lineEnd = lines.after(start);
      const end = wholeLine(body, start, lineEnd);
      if (end > 0) {
        at = end;
        yield cut(start, end);
        continue;
      }
      mixedUntil = lineEnd;
    }

    const search = beginSearch(start);
    let found = goOn(body, search);
    while (found === 'going on') {
      yield breath(start);
      found = goOn(body, search);
    }
    at = search.at;
    if (found === 'found') {
      yield byte === openList ? cut(start, at, 'not a JSON object') : cut(start, at);
      continue;
    }
    const reread = at - search.nextRecord;
    if (search.nextRecord > 0 && reread <= rereads) {
      rereads -= reread;
      at = search.nextRecord;
    } else if (body[at] !== openObject) at = lines.after(at);
    yield cut(start, at, 'damaged JSON: a bracket or a quote is missing');
  }
}
