/**
 * Finds the secrets of a JSON record in one pass over its bytes, without building it: member names that mark a secret,
 * name and value pairs, cookies, and text that gives itself away, also in JSON inside strings.
 *
 * It never fails: what is not JSON is walked over as well as it goes, because a record that cannot be parsed holds
 * secrets too. A string is a name when a colon follows it, so no stack of brackets is needed to tell.
 */
import { endSeen, hasEscape, pastEscapes, Seen, seenOf } from './json-clues.ts';
import type { Repeats } from './json-repeats.ts';
import {
  Bracket,
  backslash,
  brackets,
  colon,
  deepest,
  looksLikeJson,
  openList,
  openObject,
  quote,
  skipSpace,
  skipString,
  skipValue,
} from './json-skip.ts';
import { unescaped } from './json-strings.ts';
import { isSecret, Meaning, meaningOf, type NameMatcher, ruleOf, type Sign, signOf } from './names.ts';
import { type RedactionRule, ruleNumber } from './rules.ts';
import { fromBase64, isBlank, isToken } from './shapes.ts';
import { createSpans, inText, type Spans } from './spans.ts';
import type { TextScan } from './text.ts';

/** Strings in strings that are JSON: what lies deeper is replaced whole, as is what lies deeper than `deepest`. */
export const deepestText = 4;

/** Reports the secrets of the record from `start` to `end`, without those in `repeats`. Not for use from within itself. */
export type JsonScan = (bytes: Buffer, start: number, end: number, spans: Spans, repeats?: Repeats) => void;

/** What a byte outside strings is to a pass. */
const Mark = { none: 0, open: 1, close: 2, quote: 3 } as const;
const marks = brackets.slice();
marks[quote] = Mark.quote;

/** The shortest text that a rule can find: `a?sig=b`. */
const shortest = 6;

/** The open objects and lists of one pass, by depth. */
interface Nest {
  /** What the `name` of the pair in this object names, as a sign. */
  readonly named: Uint8Array;
  /** Where the last `value` of the pair in this object lies, -1 for none, and where it ends once that is known. */
  readonly valueAt: Int32Array;
  readonly valueEnd: Int32Array;
  /** Where the values before it lie, as of a header's old value and its new one. */
  readonly earlier: (number[] | undefined)[];
  /** Depth of the object whose member `cookies` we are in, or -1. */
  cookies: number;
  cookieMap: boolean;
}

const slash = 0x2f;

const nestedRule = ruleNumber('nested');
const cookiesRule = ruleNumber('cookies');
const base64Rule = ruleNumber('base64');

/** Ends of a value: of a list or object that is still open, and of one that is only measured when it is wanted. */
const open = 0;
const unmeasured = -1;

const createNest = (): Nest => ({
  named: new Uint8Array(deepest + 2),
  valueAt: new Int32Array(deepest + 2),
  valueEnd: new Int32Array(deepest + 2),
  earlier: [],
  cookies: -1,
  cookieMap: false,
});

export function createJsonScan(
  rules: readonly RedactionRule[],
  names: NameMatcher,
  scanText: TextScan,
): JsonScan {
  const nested = rules.some((rule) => rule.name === 'nested');
  /** One nest for each level of JSON inside strings: a pass may start another on what it found in a string. */
  const nests: Nest[] = [];

  /** Whether a secret may lie at `at`: text, a number, or a list or object that is not an entity. */
  function mayTake(bytes: Buffer, at: number, end: number, meaning: Meaning): boolean {
    const first = bytes[at] as number;
    if (meaning === Meaning.secretIfToken)
      return first === quote && isToken(bytes, at + 1, skipString(bytes, at, end) - 1);
    if (first === quote || first === 0x2d || (first >= 0x30 && first <= 0x39)) return true;
    if (first !== openObject && first !== openList) return false;
    const content = bytes[skipSpace(bytes, at + 1, end)] as number;
    if (brackets[content] === Bracket.close) return false;
    return meaning === Meaning.secret || (first === openList && content !== openObject);
  }

  /** Reports the value between `at` and `stop`, unless it is nothing to hide. */
  function take(bytes: Buffer, at: number, stop: number, level: number, rule: number, spans: Spans): void {
    const isText = bytes[at] === quote;
    const inner = isText && stop - 1 > at && bytes[stop - 1] === quote ? stop - 1 : stop;
    if (!isBlank(bytes, isText ? at + 1 : at, inner)) spans.add(at, stop, level, rule);
  }

  /** Takes the value at `at` if it may be taken; answers where to go on. */
  function takeAt(bytes: Buffer, at: number, end: number, sign: Sign, level: number, spans: Spans): number {
    if (!mayTake(bytes, at, end, meaningOf(sign))) return at;
    const stop = skipValue(bytes, at, end);
    take(bytes, at, stop, level, ruleOf(sign), spans);
    return stop;
  }

  /** The sign of the name between `start` and `end`, which may be written with escapes. */
  function signOfName(bytes: Buffer, start: number, end: number, escaped: boolean): Sign {
    if (!escaped) return names(bytes, start, end);
    const { text } = unescaped(bytes, start, end);
    return names(text, 0, text.length);
  }

  /** What the text at `at` names: all of it, or the end of the path of a patch. */
  function namedBy(bytes: Buffer, at: number, end: number, kind: Sign): Sign {
    const stop = skipString(bytes, at, end) - 1;
    let from = at + 1;
    if (meaningOf(kind) === Meaning.patchPath)
      for (let next = from; next < stop; next++) if (bytes[next] === slash) from = next + 1;
    const sign = signOfName(bytes, from, stop, hasEscape(bytes, from, stop));
    return isSecret(sign) ? signOf(meaningOf(sign), ruleOf(kind)) : 0;
  }

  /** Looks into the text of a string (`start` to `end`, without its quotes). */
  function inspect(
    bytes: Buffer,
    start: number,
    end: number,
    seen: number,
    level: number,
    spans: Spans,
  ): void {
    if ((seen & (Seen.escape | Seen.control)) === 0) {
      scanText(bytes, start, end, spans);
      return;
    }
    const { text, places, broken } = unescaped(bytes, start, end);
    const found = createSpans();
    const hasQuotes = text.includes(quote);
    // What is JSON has its texts looked at one by one; a rule for text must not cut across them.
    if (!(nested && hasQuotes && looksLikeJson(text))) scanText(text, 0, text.length, found);
    if (nested && hasQuotes) {
      if (level === deepestText) found.add(0, text.length, inText, nestedRule);
      else scan(text, 0, text.length, level + 1, found);
    }
    // A malformed string is replaced with its quotes, so that it stays malformed.
    const isMalformed = level === 0 && (broken || (seen & Seen.control) !== 0);
    let replaced = false;
    found.each((from, to, at, rule) => {
      if (!isMalformed) spans.add(places[from] as number, places[to] as number, at, rule);
      else if (!replaced) spans.add(start - 1, Math.min(end + 1, bytes.length), level, rule);
      replaced = true;
    });
  }

  /** Looks into what the text at `at` is in Base64: bytes of it cannot be replaced in place. */
  function inspectBase64(bytes: Buffer, at: number, end: number, level: number, spans: Spans): void {
    if (level === deepestText) return;
    const stop = skipString(bytes, at, end);
    const content = fromBase64(bytes, at + 1, stop - 1);
    if (content === undefined) return;
    const found = createSpans();
    if (looksLikeJson(content)) scan(content, 0, content.length, level + 1, found);
    else scanText(content, 0, content.length, found);
    if (found.count > 0) spans.add(at, stop, level, base64Rule);
  }

  /** Does what the name before the value at `at` asks for; answers where to go on. */
  function heed(
    bytes: Buffer,
    at: number,
    end: number,
    sign: Sign,
    depth: number,
    nest: Nest,
    level: number,
    spans: Spans,
  ): number {
    const { named, valueAt, valueEnd, earlier, cookies, cookieMap } = nest;
    const meaning = meaningOf(sign);
    if (cookies !== -1 && (meaning === Meaning.pairValue || (cookieMap && depth === cookies + 1)))
      return takeAt(bytes, at, end, signOf(Meaning.secretUnlessEntity, cookiesRule), level, spans);
    if (isSecret(sign)) return takeAt(bytes, at, end, sign, level, spans);
    if (meaning === Meaning.base64) {
      if (bytes[at] === quote) inspectBase64(bytes, at, end, level, spans);
    } else if (meaning === Meaning.cookies) {
      nest.cookieMap = bytes[at] === openObject;
      if (bytes[at] === quote)
        return takeAt(bytes, at, end, signOf(Meaning.secret, cookiesRule), level, spans);
      if (cookies === -1 && (nest.cookieMap || bytes[at] === openList)) nest.cookies = depth;
    } else if (meaning === Meaning.pairName || meaning === Meaning.patchPath) {
      const secret = bytes[at] === quote ? namedBy(bytes, at, end, sign) : 0;
      if (secret === 0) return at;
      named[depth] = secret;
      const value = valueAt[depth] as number;
      if (value === -1) return at;
      for (const before of earlier[depth] ?? []) takeAt(bytes, before, end, secret, level, spans);
      earlier[depth] = undefined;
      if (!mayTake(bytes, value, end, meaningOf(secret))) return at;
      const known = valueEnd[depth] as number;
      const stop = known > 0 ? known : skipValue(bytes, value, end);
      take(bytes, value, stop, level, ruleOf(secret), spans);
      valueAt[depth] = -1;
    } else if (meaning === Meaning.pairValue) {
      if (named[depth] !== 0) return takeAt(bytes, at, end, named[depth] as Sign, level, spans);
      const before = valueAt[depth] as number;
      const olds = before === -1 ? undefined : (earlier[depth] ?? []);
      olds?.push(before);
      earlier[depth] = olds;
      valueAt[depth] = at;
      valueEnd[depth] = brackets[bytes[at] as number] === Bracket.open ? open : unmeasured;
    }
    return at;
  }

  function scan(
    bytes: Buffer,
    start: number,
    end: number,
    level: number,
    spans: Spans,
    repeats?: Repeats,
  ): void {
    nests[level] ??= createNest();
    const nest = nests[level];
    const { named, valueAt, valueEnd } = nest;
    named[0] = 0;
    valueAt[0] = -1;
    nest.cookies = -1;
    nest.cookieMap = false;
    let depth = 0;
    let at = start;

    while (at < end) {
      const mark = marks[bytes[at] as number] as number;
      at++;
      if (mark === Mark.none) continue;
      if (mark === Mark.open) {
        if (depth === deepest) {
          const stop = skipValue(bytes, at - 1, end);
          spans.add(at - 1, stop, level, nestedRule);
          at = stop;
          continue;
        }
        depth++;
        named[depth] = 0;
        valueAt[depth] = -1;
        continue;
      }
      if (mark === Mark.close) {
        if (depth === 0) continue;
        depth--;
        if (depth === nest.cookies) nest.cookies = -1;
        if (valueAt[depth] !== -1 && valueEnd[depth] === open) valueEnd[depth] = at;
        if (depth === 1) repeats?.close(bytes, at, spans);
        continue;
      }

      const opening = at - 1;
      let seen = 0;
      while (at < end) {
        const bit = seenOf[bytes[at] as number] as number;
        if (bit === Seen.stop) break;
        seen |= bit;
        at++;
      }
      if (at < end && bytes[at] === backslash) {
        at = pastEscapes(bytes, at, end);
        seen |= endSeen();
      }
      const closing = Math.min(at, end);
      if ((seen & Seen.clue) !== 0 && closing - opening > shortest)
        inspect(bytes, opening + 1, closing, seen, level, spans);
      at = skipSpace(bytes, closing + 1, end);

      if (at >= end || bytes[at] !== colon) {
        const { cookies } = nest;
        if (cookies !== -1 && depth === cookies + 1 && !nest.cookieMap)
          take(bytes, opening, Math.min(closing + 1, end), level, cookiesRule, spans);
        continue;
      }

      at = skipSpace(bytes, at + 1, end);
      if (at >= end) return;
      const sign = signOfName(bytes, opening + 1, closing, (seen & Seen.escape) !== 0);
      if (sign !== 0 || nest.cookies !== -1) at = heed(bytes, at, end, sign, depth, nest, level, spans);
      else if (repeats !== undefined && depth === 1 && bytes[at] === openObject && (seen & Seen.escape) === 0)
        at = repeats.open(bytes, opening + 1, closing, at, end, spans.count);
    }
  }

  return (bytes, start, end, spans, repeats) => scan(bytes, start, end, 0, spans, repeats);
}
