/**
 * Regular expressions of the filter language: what RE2 and everybody else agree on, and nothing that needs
 * backtracking. Read into a tree, so that the engine's RE2 and our own matcher (`regex-match.ts`) get the same
 * meaning: `.` is any character, `^` and `$` are the ends of the value, classes are ASCII, `(?i)` folds A to Z.
 */
import { fail, ok, type Result } from '../core/result.ts';
import { classes, complement, controls, fold, last, type Ranges, tidy } from './char-ranges.ts';

export type RegexNode =
  | { readonly kind: 'set'; readonly ranges: Ranges }
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly RegexNode[] }
  | { readonly kind: 'repeat'; readonly part: RegexNode; readonly least: number; readonly most: number }
  | { readonly kind: 'start' | 'end' | 'boundary' };

export interface Regex {
  readonly node: RegexNode;
  /** How large it is: each character of a text is compared with so many at most. */
  readonly states: number;
  /** The same for RE2. */
  readonly re2: string;
}

/** Offset is in the source. */
export interface RegexProblem {
  readonly offset: number;
  readonly reason: string;
}

const mostStates = 1000;
const mostDepth = 50;

/** Reads `source`, without its slashes. */
export function parseRegex(source: string): Result<Regex, RegexProblem> {
  const folded = source.startsWith('(?i)');
  const parser = createParser(source, folded ? 4 : 0, folded);
  try {
    const node = parser.choice(0);
    parser.expectEnd();
    const states = statesOf(node);
    if (states > mostStates) return fail({ offset: 0, reason: `is too large: over ${mostStates} steps` });
    return ok({ node, states, re2: print(node) });
  } catch (error) {
    if (error instanceof Refused) return fail({ offset: error.offset, reason: error.message });
    throw error;
  }
}

/** Leaves the recursion of the parser; never leaves this file. */
class Refused extends Error {
  readonly offset: number;
  constructor(offset: number, reason: string) {
    super(reason);
    this.offset = offset;
  }
}

function createParser(source: string, start: number, folded: boolean) {
  let at = start;
  const refuse = (reason: string, offset = at): never => {
    throw new Refused(offset, reason);
  };
  const next = (): number => {
    const point = source.codePointAt(at);
    if (point === undefined) return refuse('ends too early');
    at += point > 0xffff ? 2 : 1;
    return point;
  };
  const set = (ranges: Ranges): RegexNode => ({ kind: 'set', ranges: folded ? fold(ranges) : tidy(ranges) });

  function choice(depth: number): RegexNode {
    if (depth > mostDepth) refuse('is nested too deeply');
    const parts = [sequence(depth)];
    while (source[at] === '|') {
      at++;
      parts.push(sequence(depth));
    }
    return parts.length === 1 ? (parts[0] as RegexNode) : { kind: 'choice', parts };
  }

  function sequence(depth: number): RegexNode {
    const parts: RegexNode[] = [];
    while (at < source.length && source[at] !== '|' && source[at] !== ')') parts.push(quantified(depth));
    return parts.length === 1 ? (parts[0] as RegexNode) : { kind: 'sequence', parts };
  }

  function quantified(depth: number): RegexNode {
    const part = atom(depth);
    const offset = at;
    const counts = quantifier();
    if (counts === undefined) return part;
    if (!consumes(part)) refuse('has nothing to repeat here', offset);
    if (source[at] === '?') at++; // lazy: which run is found does not matter, only whether
    if (quantifier() !== undefined) refuse('repeats a repetition: put it in parentheses', offset);
    return { kind: 'repeat', part, ...counts };
  }

  function quantifier(): { least: number; most: number } | undefined {
    const character = source[at];
    if (character === '*' || character === '+' || character === '?') {
      at++;
      return { least: character === '+' ? 1 : 0, most: character === '?' ? 1 : Number.POSITIVE_INFINITY };
    }
    if (character !== '{') return undefined;
    const match = /^\{(\d{1,4})(,(\d{1,4})?)?\}/.exec(source.slice(at, at + 12));
    if (match === null) return refuse('expected {n}, {n,} or {n,m}; write \\{ for a brace');
    const least = Number(match[1]);
    const most =
      match[2] === undefined ? least : match[3] === undefined ? Number.POSITIVE_INFINITY : Number(match[3]);
    if (most < least || least > mostStates || (most !== Number.POSITIVE_INFINITY && most > mostStates))
      return refuse(`repeats from ${least} to ${most} times, which cannot be or is too many`);
    at += match[0].length;
    return { least, most };
  }

  function atom(depth: number): RegexNode {
    const offset = at;
    const point = next();
    switch (String.fromCodePoint(point)) {
      case '.':
        return { kind: 'set', ranges: [[0, last]] };
      case '^':
        return { kind: 'start' };
      case '$':
        return { kind: 'end' };
      case '(':
        return group(depth, offset);
      case '[':
        return charClass(offset);
      case '\\':
        if (source[at] !== 'b') return set(escaped());
        at++;
        return { kind: 'boundary' };
      case '*':
      case '+':
      case '?':
      case '{':
        return refuse('has nothing to repeat here', offset);
      default:
        return set([[point, point]]);
    }
  }

  function group(depth: number, offset: number): RegexNode {
    if (source[at] === '?') {
      if (source[at + 1] !== ':')
        refuse('only ( ) and (?: ) are understood; no lookaround, no names', offset);
      at += 2;
    }
    const inner = choice(depth + 1);
    if (source[at] !== ')') refuse('this parenthesis is not closed', offset);
    at++;
    return inner;
  }

  function escaped(): Ranges {
    const offset = at - 1;
    const character = String.fromCodePoint(next());
    const known = classes[character] ?? controls[character];
    if (known !== undefined) return known;
    if (/[A-Za-z0-9]/.test(character)) refuse(`\\${character} is not understood; no backreferences`, offset);
    const point = character.codePointAt(0) as number;
    return [[point, point]];
  }

  function charClass(offset: number): RegexNode {
    const negated = source[at] === '^';
    if (negated) at++;
    const ranges: (readonly [number, number])[] = [];
    let first = true;
    while (first || source[at] !== ']') {
      if (at >= source.length) refuse('this bracket is not closed', offset);
      if (source.startsWith('[:', at)) refuse('named classes are not understood');
      first = false;
      const low = member();
      const single = low.length === 1 && low[0]?.[0] === low[0]?.[1];
      if (single && source[at] === '-' && source[at + 1] !== ']' && at + 1 < source.length) {
        const place = at++;
        const high = member();
        const from = (low[0] as readonly [number, number])[0];
        const to = high[0]?.[0] ?? -1;
        if (high.length !== 1 || to !== high[0]?.[1] || to < from) refuse('this range runs backwards', place);
        ranges.push([from, to]);
      } else ranges.push(...low);
    }
    at++;
    const whole = folded ? fold(ranges) : tidy(ranges);
    return { kind: 'set', ranges: negated ? complement(whole) : whole };
  }

  function member(): Ranges {
    const point = next();
    if (point === 0x5c) return escaped();
    return [[point, point]];
  }

  function expectEnd(): void {
    if (at < source.length) refuse('this parenthesis closes nothing');
  }

  return { choice, expectEnd };
}

const consumes = (node: RegexNode): boolean => {
  if (node.kind === 'set') return true;
  if (node.kind === 'repeat') return consumes(node.part);
  return 'parts' in node && node.parts.some(consumes);
};

const statesOf = (node: RegexNode): number => {
  if (node.kind === 'repeat')
    return (
      statesOf(node.part) *
        Math.max(1, node.least + (Number.isFinite(node.most) ? node.most - node.least : 1)) +
      1
    );
  return 'parts' in node ? node.parts.reduce((sum, part) => sum + statesOf(part), 1) : 1;
};

const point = (code: number): string => `\\x{${code.toString(16)}}`;

function print(node: RegexNode): string {
  switch (node.kind) {
    case 'set':
      return printSet(node.ranges);
    case 'sequence':
      return node.parts.map((part) => (part.kind === 'choice' ? `(?:${print(part)})` : print(part))).join('');
    case 'choice':
      return node.parts.map(print).join('|');
    case 'repeat': {
      const { least, most } = node;
      const counts =
        least === 0 && most === 1
          ? '?'
          : Number.isFinite(most)
            ? `{${least},${most}}`
            : least === 0
              ? '*'
              : `{${least},}`;
      return `${node.part.kind === 'set' ? print(node.part) : `(?:${print(node.part)})`}${counts}`;
    }
    case 'start':
      return '\\A';
    case 'end':
      return '\\z';
    case 'boundary':
      return '\\b';
  }
}

function printSet(ranges: Ranges): string {
  const [first] = ranges;
  if (first === undefined) return `[^${point(0)}-${point(last)}]`;
  if (ranges.length === 1 && first[0] === 0 && first[1] === last) return '(?s:.)';
  // Plain letters stay plain: the engine looks for literal text before it runs the expression.
  if (ranges.length === 1 && first[0] === first[1])
    return first[0] < 128 && /[\w /=&:-]/.test(String.fromCharCode(first[0]))
      ? String.fromCharCode(first[0])
      : point(first[0]);
  return `[${ranges.map(([from, to]) => (from === to ? point(from) : `${point(from)}-${point(to)}`)).join('')}]`;
}
