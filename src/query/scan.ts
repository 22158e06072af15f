/** Words, strings and places of the filter language: what `parse.ts` builds its tree from. */
import type { FilterProblem } from '../core/filter.ts';
import { literalPattern } from './glob.ts';

/** A value as written: plain text, a pattern with wildcards, or a regular expression. */
export type Written =
  | { readonly kind: 'plain'; readonly text: string; readonly quoted: boolean }
  | { readonly kind: 'pattern'; readonly pattern: string }
  | { readonly kind: 'regex'; readonly source: string };

/** Leaves the recursion of the parser; never leaves `parse`. */
export class Unreadable extends Error {
  readonly problem: FilterProblem;
  constructor(problem: FilterProblem) {
    super(problem.reason);
    this.problem = problem;
  }
}

export type Scanner = ReturnType<typeof createScanner>;

const namePattern = /[\p{L}_@][\p{L}\p{N}_.@-]*(?=:)/uy;
const isBlank = (character: string | undefined): boolean => character !== undefined && /\s/.test(character);
/** Ends a value that is not in quotes. */
const isEnd = (character: string | undefined): boolean =>
  character === undefined ||
  isBlank(character) ||
  character === '(' ||
  character === ')' ||
  character === '"';

export function createScanner(text: string) {
  let at = 0;

  const refuse = (reason: string, offset = at, length = Math.max(1, at - offset)): never => {
    throw new Unreadable({ reason, offset, length: Math.min(length, Math.max(1, text.length - offset)) });
  };

  function skipBlanks(): void {
    while (isBlank(text[at])) at++;
  }

  /** Takes `symbol` if it is next. */
  function take(symbol: string): boolean {
    if (!text.startsWith(symbol, at)) return false;
    at += symbol.length;
    return true;
  }

  /** Whether `word` is next, as a word of its own. */
  const sees = (word: string): boolean => text.startsWith(word, at) && isEnd(text[at + word.length]);

  function takeWord(word: string): boolean {
    if (!sees(word)) return false;
    at += word.length;
    return true;
  }

  /** Takes `name:`; leaves everything as it was when no name stands here. */
  function takeField(): string | undefined {
    namePattern.lastIndex = at;
    const name = namePattern.exec(text)?.[0];
    if (name !== undefined) at += name.length + 1;
    return name;
  }

  function quoted(): string {
    const start = at++;
    let value = '';
    while (text[at] !== '"') {
      if (at >= text.length) refuse('this quote is not closed: expected another "', start);
      if (text[at] === '\\' && at + 1 < text.length) at++;
      value += text[at++];
    }
    at++;
    return value;
  }

  /** A regular expression ends with a slash that ends the word; `/health/live` and `/health` are plain. */
  function regex(): string | undefined {
    let end = at + 1;
    while (end < text.length && text[end] !== '/' && !isBlank(text[end])) end += text[end] === '\\' ? 2 : 1;
    const closes = text[end] === '/' && end > at + 1;
    if (!closes || !(text[end + 1] === undefined || isBlank(text[end + 1]) || text[end + 1] === ')'))
      return undefined;
    const source = text.slice(at + 1, end);
    at = end + 1;
    return source;
  }

  /** The value that stands here. `ends` are characters that end it beside blanks, parentheses and quotes. */
  function value(ends = ''): Written {
    if (text[at] === '"') return { kind: 'plain', text: quoted(), quoted: true };
    const source = text[at] === '/' ? regex() : undefined;
    if (source !== undefined) return { kind: 'regex', source };
    let plain = '';
    let pattern = '';
    let wild = false;
    let afterStar = false;
    while (!isEnd(text[at]) && !ends.includes(text[at] as string)) {
      let character = text[at++] as string;
      if (character === '*' || character === '?') {
        // Two stars in a row mean no more than one.
        if (character === '?' || !afterStar) pattern += character;
        wild = true;
        afterStar = character === '*';
        continue;
      }
      if (character === '\\' && at < text.length) character = text[at++] as string;
      afterStar = false;
      plain += character;
      pattern += literalPattern(character);
    }
    return wild ? { kind: 'pattern', pattern } : { kind: 'plain', text: plain, quoted: false };
  }

  return {
    skipBlanks,
    take,
    takeWord,
    takeField,
    sees,
    value,
    refuse,
    get at() {
      return at;
    },
    get next() {
      return text[at];
    },
    get done() {
      return at >= text.length;
    },
  };
}
