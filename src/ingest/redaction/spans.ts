/**
 * The places to redact, and the act: the bytes between them are copied untouched.
 *
 * A value that was not well-formed JSON is replaced by something that is not either: what a sender wrote broken must
 * reach quarantine as broken, not pass for something that was never sent.
 */

/** What takes a secret's place. */
export const mark = '[redacted]';

/** A text span replaces part of a string; a value span a whole value with its quotes, `level` strings deep. */
export const inText = -1;

export interface FoundSpans {
  readonly count: number;
  each(visit: (start: number, end: number, level: number, rule: number) => void): void;
}

export interface Spans extends FoundSpans {
  /** `rule`: number of the rule that found it. */
  add(start: number, end: number, level: number, rule: number): void;
  clear(): void;
}

export function createSpans(): Spans {
  let starts: number[] = [];
  let ends: number[] = [];
  let levels: number[] = [];
  let rules: number[] = [];
  return {
    add(start, end, level, rule) {
      starts.push(start);
      ends.push(end);
      levels.push(level);
      rules.push(rule);
    },
    get count() {
      return starts.length;
    },
    clear() {
      if (starts.length === 0) return;
      starts = [];
      ends = [];
      levels = [];
      rules = [];
    },
    each(visit) {
      for (let index = 0; index < starts.length; index++)
        visit(
          starts[index] as number,
          ends[index] as number,
          levels[index] as number,
          rules[index] as number,
        );
    },
  };
}

/** What was redacted, in bytes of the record as it was before. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly level: number;
  /** Number of the rule that found it. */
  readonly rule: number;
}

/** Outermost spans in order: one that lies in another is the other's business. */
function outermost(spans: FoundSpans): Span[] {
  const found: Span[] = [];
  let sorted = true;
  let last = 0;
  spans.each((start, end, level, rule) => {
    sorted &&= start >= last;
    last = end;
    found.push({ start, end, level, rule });
  });
  if (sorted) return found;
  found.sort((a, b) => a.start - b.start || b.end - a.end);
  const kept: Span[] = [];
  for (const span of found) {
    const before = kept.at(-1);
    if (before === undefined || span.start >= before.end) kept.push(span);
    else if (span.end > before.end) kept[kept.length - 1] = { ...before, end: span.end, level: inText };
  }
  return kept;
}

const backslash = 0x5c;
const ends: Readonly<Record<number, number>> = { 34: 0x22, 91: 0x5d, 123: 0x7d };

/** Whether the value between `start` and `end` is well-formed; most are plain strings, which one look tells. */
function isJson(bytes: Buffer, start: number, end: number): boolean {
  const first = bytes[start] as number;
  if (ends[first] !== undefined && (end - start < 2 || bytes[end - 1] !== ends[first])) return false;
  let at = first === 0x22 ? start + 1 : end;
  while (at < end - 1 && (bytes[at] as number) >= 0x20 && bytes[at] !== backslash) at++;
  if (at === end - 1) return true;
  try {
    JSON.parse(bytes.toString('latin1', start, end));
    return true;
  } catch {
    return false;
  }
}

/** A quote as it is written inside `level` strings. */
function quoteAt(level: number): string {
  let quote = '"';
  for (let inside = 0; inside < level; inside++) quote = JSON.stringify(quote).slice(1, -1);
  return quote;
}
const marked = [0, 1, 2, 3, 4, 5].map((level) => quoteAt(level) + mark + quoteAt(level));

function replacement(bytes: Buffer, { start, end, level }: Span): string {
  if (level === inText) return mark;
  if (level === 0 && !isJson(bytes, start, end)) return mark;
  return marked[level] as string;
}

const nowhere: readonly Span[] = [];

/** A piece of a record, and what takes its place: text of ASCII, or bytes. */
export interface Cut {
  readonly start: number;
  readonly end: number;
  readonly put: string | Uint8Array;
}

/** A new buffer with the cuts made; they are in order and apart. */
export function withCuts(bytes: Buffer, cuts: readonly Cut[]): Buffer {
  const length = cuts.reduce((sum, { start, end, put }) => sum - (end - start) + put.length, bytes.length);
  const result = Buffer.allocUnsafe(length);
  let from = 0;
  let to = 0;
  for (const { start, end, put } of cuts) {
    to += bytes.copy(result, to, from, start);
    if (typeof put === 'string') result.write(put, to, 'latin1');
    else result.set(put, to);
    to += put.length;
    from = end;
  }
  bytes.copy(result, to, from);
  return result;
}

/** What is to be replaced in `bytes`, in order, and by what. */
export function cutsOf(
  bytes: Buffer,
  spans: FoundSpans,
): { readonly places: readonly Span[]; readonly cuts: readonly Cut[] } {
  const places = outermost(spans);
  const cuts = places.map((span) => ({
    start: span.start,
    end: span.end,
    put: replacement(bytes, span),
  }));
  return { places, cuts };
}

/** `bytes` with every span replaced: a new buffer, or the same one when there is nothing to replace. */
export function replaceSpans(bytes: Buffer, spans: FoundSpans): { bytes: Buffer; places: readonly Span[] } {
  if (spans.count === 0) return { bytes, places: nowhere };
  const { places, cuts } = cutsOf(bytes, spans);
  return { bytes: withCuts(bytes, cuts), places };
}
