/**
 * Secrets in text, wherever it stands: credentials after their scheme, signed tokens, private keys, parameters of URL
 * queries and forms, passwords in the user part of a URL. Only the secret itself is reported, the text around it stays.
 *
 * One pass over the bytes; every sub-scan either fails within a few bytes or is not gone over again.
 */
import { isSecret, isSecretText, Meaning, meaningOf, type NameMatcher } from './names.ts';
import { type RedactionRule, ruleNumber } from './rules.ts';
import { isBlank } from './shapes.ts';
import { inText, type Spans } from './spans.ts';

/** Reports the secrets between `start` and `end` as text spans. */
export type TextScan = (bytes: Buffer, start: number, end: number, spans: Spans) => void;

const Kind = { other: 0, boundary: 1, space: 2, equals: 3, capitalJ: 4, hyphen: 5, colon: 6 } as const;
const kinds = new Uint8Array(256);
for (const character of '?&#;,"\'()[]{}<>|\\/\t\n\r') kinds[character.charCodeAt(0)] = Kind.boundary;
kinds[0x20] = Kind.space;
kinds[0x3d] = Kind.equals;
kinds[0x4a] = Kind.capitalJ;
kinds[0x2d] = Kind.hyphen;
kinds[0x3a] = Kind.colon;

/** Characters of a base64url segment. */
const segment = new Uint8Array(256);
/** Characters of a credential (RFC 7235, token68). */
const token68 = new Uint8Array(256);
for (const character of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_') {
  segment[character.charCodeAt(0)] = 1;
  token68[character.charCodeAt(0)] = 1;
}
for (const character of '.~+/=') token68[character.charCodeAt(0)] = 1;

/** Where a run of `allowed` bytes from `at` on ends. */
function runOf(allowed: Uint8Array, bytes: Uint8Array, at: number, end: number): number {
  let next = at;
  while (next < end && allowed[bytes[next] as number] === 1) next++;
  return next;
}

/** Whether `text` stands at `at`. */
function startsWith(text: string, bytes: Uint8Array, at: number): boolean {
  for (let index = 0; index < text.length; index++)
    if (bytes[at + index] !== text.charCodeAt(index)) return false;
  return true;
}

/** Whether `word` (lower case) stands at `at`, without case. */
function wordAt(word: string, bytes: Uint8Array, at: number): boolean {
  for (let index = 0; index < word.length; index++)
    if (((bytes[at + index] as number) | 0x20) !== word.charCodeAt(index)) return false;
  return true;
}

const hasDigitOrIsLong = (text: string): boolean =>
  text.length >= 20 || (text.length >= 6 && /\d/.test(text));
const hasMoreThanSmallLetters = (text: string): boolean => text.length >= 8 && /[^a-z]/.test(text);

const base64 = new Int8Array(256).fill(-1);
for (const [value, digit] of [
  ...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
].entries())
  base64[digit.charCodeAt(0)] = value;
base64['-'.charCodeAt(0)] = 62;
base64['_'.charCodeAt(0)] = 63;

/** A user, a colon and a password in Base64 (RFC 7617); prose such as "Basic authentication" is not. */
function isBasic(bytes: Uint8Array, start: number, end: number): boolean {
  let colon = false;
  let bits = 0;
  let pending = 0;
  for (let at = start; at < end && bytes[at] !== 0x3d; at++) {
    const digit = base64[bytes[at] as number] as number;
    if (digit < 0) return false;
    bits = ((bits << 6) | digit) & 0xffff;
    pending += 6;
    if (pending < 8) continue;
    pending -= 8;
    const byte = (bits >> pending) & 0xff;
    if (byte < 0x20) return false;
    if (byte === 0x3a) colon = true;
  }
  return colon;
}

/** End of the signed token that begins at `at` with `eyJ`, or -1: three segments or more, the last may be empty. */
function tokenEnd(bytes: Uint8Array, at: number, end: number): number {
  let next = runOf(segment, bytes, at, end);
  let points = 0;
  while (next < end && bytes[next] === 0x2e && points < 4) {
    points++;
    next = runOf(segment, bytes, next + 1, end);
  }
  return points >= 2 ? next : -1;
}

const dashes = '-----';
const longestLabel = 80;
/** End of the private key block that begins at `at`, or -1; one without an end goes to the end of the text. */
function keyBlockEnd(bytes: Buffer, at: number, end: number): number {
  if (end - at < 27 || !startsWith('-----BEGIN ', bytes, at)) return -1;
  let label = at + 11;
  while (label < end && label - at < longestLabel && bytes[label] !== 0x2d) label++;
  if (!startsWith('PRIVATE KEY-----', bytes, label - 11)) return -1;
  const rest = bytes.subarray(label, end);
  const closing = rest.indexOf('-----END ', 0, 'latin1');
  const last = closing < 0 ? -1 : rest.indexOf(dashes, closing + 9, 'latin1');
  return last < 0 ? end : end - rest.length + last + dashes.length;
}

/** The password of `//user:password@` with `at` on the first slash: its two ends, or undefined. */
function userinfo(bytes: Uint8Array, at: number, end: number): [number, number] | undefined {
  let colon = -1;
  for (let next = at + 2; next < end; next++) {
    const byte = bytes[next] as number;
    if (byte === 0x40) return colon > 0 && colon + 1 < next ? [colon + 1, next] : undefined;
    if (byte === 0x3a) colon = colon < 0 ? next : colon;
    else if (byte <= 0x20 || byte === 0x2f || byte === 0x3f || byte === 0x23 || byte === 0x22)
      return undefined;
  }
  return undefined;
}

/** End of a parameter's value: `&`, `;`, `#`, white space, or a quote with the escape before it. */
function parameterEnd(bytes: Uint8Array, at: number, end: number): number {
  let next = at;
  for (; next < end; next++) {
    const byte = bytes[next] as number;
    if (byte <= 0x20 || byte === 0x26 || byte === 0x3b || byte === 0x23 || byte === 0x22 || byte === 0x27)
      break;
    if (byte === 0x5c && bytes[next + 1] === 0x22) break;
  }
  return next;
}

const rule = {
  query: ruleNumber('query'),
  userinfo: ruleNumber('userinfo'),
  bearer: ruleNumber('bearer'),
  basic: ruleNumber('basic'),
  jwt: ruleNumber('jwt'),
  privateKeyBlock: ruleNumber('privateKeyBlock'),
};

export function createTextScan(rules: readonly RedactionRule[], names: NameMatcher): TextScan {
  const on = new Set<string>(rules.map((rule) => rule.name));
  const [query, bearer, basic] = [on.has('query'), on.has('bearer'), on.has('basic')];
  const [jwt, keyBlock, userPart] = [on.has('jwt'), on.has('privateKeyBlock'), on.has('userinfo')];

  /** End of the credentials after the scheme word at `word`, with `space` on the space behind it, or -1. */
  function credentials(bytes: Buffer, word: number, space: number, end: number): number {
    if (space - word === 6 && bearer && wordAt('bearer', bytes, word)) {
      const stop = runOf(token68, bytes, space + 1, end);
      const text = bytes.toString('latin1', space + 1, stop);
      return hasDigitOrIsLong(text) || (stop === end && hasMoreThanSmallLetters(text)) ? stop : -1;
    }
    if (space - word === 5 && basic && wordAt('basic', bytes, word)) {
      const stop = runOf(token68, bytes, space + 1, end);
      return isBasic(bytes, space + 1, stop) ? stop : -1;
    }
    return -1;
  }

  return function scanText(bytes, start, end, spans) {
    let word = start;
    for (let at = start; at < end; at++) {
      const kind = kinds[bytes[at] as number];
      if (kind === Kind.other) continue;
      if (kind === Kind.space) {
        const stop = credentials(bytes, word, at, end);
        if (stop > at + 1) {
          spans.add(at + 1, stop, inText, at - word === 6 ? rule.bearer : rule.basic);
          at = stop - 1;
        }
        word = at + 1;
      } else if (kind === Kind.equals) {
        const sign = query && at > word ? names(bytes, word, at) : 0;
        if (isSecret(sign) || meaningOf(sign) === Meaning.queryOnly) {
          const quoted = at + 1 < end && (bytes[at + 1] === 0x22 || bytes[at + 1] === 0x27) ? 1 : 0;
          const stop = parameterEnd(bytes, at + 1 + quoted, end);
          if (isSecretText(sign, bytes, at + 1 + quoted, stop))
            spans.add(at + 1 + quoted, stop, inText, rule.query);
          at = stop - 1;
        }
        word = at + 1;
      } else if (kind === Kind.capitalJ) {
        if (!jwt || at - start < 2 || bytes[at - 1] !== 0x79 || bytes[at - 2] !== 0x65) continue;
        const stop = tokenEnd(bytes, at - 2, end);
        if (stop >= 0) spans.add(at - 2, stop, inText, rule.jwt);
        at = (stop >= 0 ? stop : runOf(segment, bytes, at, end)) - 1;
      } else if (kind === Kind.hyphen) {
        if (!keyBlock || bytes[at + 1] !== 0x2d) continue;
        const stop = keyBlockEnd(bytes, at, end);
        if (stop < 0) continue;
        spans.add(at, stop, inText, rule.privateKeyBlock);
        at = stop - 1;
      } else {
        word = at + 1;
        if (kind !== Kind.colon || !userPart || bytes[at + 1] !== 0x2f || bytes[at + 2] !== 0x2f) continue;
        const password = userinfo(bytes, at + 1, end);
        if (password === undefined || isBlank(bytes, ...password)) continue;
        spans.add(...password, inText, rule.userinfo);
        at = password[1] - 1;
      }
    }
  };
}
