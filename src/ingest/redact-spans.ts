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

export interface Spans {
  add(start: number, end: number, level: number): void;
  readonly count: number;
  clear(): void;
  each(visit: (start: number, end: number, level: number) => void): void;
}

export function createSpans(): Spans {
  let starts: number[] = [];
  let ends: number[] = [];
  let levels: number[] = [];
  return {
    add(start, end, level) {
      starts.push(start);
      ends.push(end);
      levels.push(level);
    },
    get count() {
      return starts.length;
    },
    clear() {
      if (starts.length === 0) return;
      starts = [];
      ends = [];
      levels = [];
    },
    each(visit) {
      for (let index = 0; index < starts.length; index++)
        visit(starts[index] as number, ends[index] as number, levels[index] as number);
    },
  };
}

interface Span {
  readonly start: number;
  readonly end: number;
  readonly level: number;
}

/** Outermost spans in order: one that lies in another is the other's business. */
function outermost(spans: Spans): Span[] {
  const sorted: Span[] = [];
  spans.each((start, end, level) => sorted.push({ start, end, level }));
  sorted.sort((a, b) => a.start - b.start || b.end - a.end);
  const kept: Span[] = [];
  for (const span of sorted) {
    const last = kept.at(-1);
    if (last === undefined || span.start >= last.end) kept.push(span);
    else if (span.end > last.end) kept[kept.length - 1] = { start: last.start, end: span.end, level: inText };
  }
  return kept;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
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

function replacement(bytes: Buffer, { start, end, level }: Span): string {
  if (level === inText) return mark;
  if (level === 0 && !isJson(bytes.toString('latin1', start, end))) return mark;
  const quote = quoteAt(level);
  return quote + mark + quote;
}

/** `bytes` with every span replaced: a new buffer, or the same one when there is nothing to replace. */
export function replaceSpans(bytes: Buffer, spans: Spans): { bytes: Buffer; redacted: number } {
  if (spans.count === 0) return { bytes, redacted: 0 };
  const kept = outermost(spans);
  const texts = kept.map((span) => replacement(bytes, span));
  const length = kept.reduce(
    (sum, { start, end }, index) => sum - (end - start) + (texts[index] as string).length,
    bytes.length,
  );
  const result = Buffer.allocUnsafe(length);
  let from = 0;
  let to = 0;
  kept.forEach(({ start, end }, index) => {
    to += bytes.copy(result, to, from, start);
    to += result.write(texts[index] as string, to, 'latin1');
    from = end;
  });
  bytes.copy(result, to, from);
  return { bytes: result, redacted: kept.length };
}
