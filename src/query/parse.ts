/**
 * Reads the filter language into a Filter. AND binds before OR, terms side by side are ANDed, NOT and `-` bind
 * closest. Says nothing about whether a field exists: that is `bind.ts`.
 *
 *     any    = all { "OR" all }
 *     all    = one { ["AND"] one }
 *     one    = ("NOT" | "-") one | "(" any ")" | field ":" test | value
 *     test   = "(" any of tests ")" | (">" | ">=" | "<" | "<=") value | ("[" | "{") value "TO" value ("]" | "}") | value
 *     value  = word with * and ? | "quoted" | /regular expression/
 */
import { everything, type Filter, type FilterProblem, type Place, type Test } from '../core/filter.ts';
import { fail, ok, type Result } from '../core/result.ts';
import { literalPattern } from './glob.ts';
import { createScanner, type Scanner, Unreadable, type Written } from './scan.ts';

const longest = 10_000;
const deepest = 100;

/** The filter that `text` means; blank text is everything. Places are kept on free text and terms. */
export function parseFilter(text: string): Result<Filter, FilterProblem> {
  if (text.length > longest)
    return fail({
      offset: longest,
      length: text.length - longest,
      reason: `a filter is at most ${longest} characters`,
    });
  const scanner = createScanner(text);
  scanner.skipBlanks();
  if (scanner.done) return ok(everything);
  try {
    const filter = any(scanner, undefined, 0);
    if (!scanner.done) scanner.refuse('this parenthesis closes nothing', scanner.at, 1);
    return ok(filter);
  } catch (error) {
    if (error instanceof Unreadable) return fail(error.problem);
    throw error;
  }
}

/** `field` is the one whose parentheses we are in. */
function any(scanner: Scanner, field: string | undefined, depth: number): Filter {
  if (depth > deepest) scanner.refuse(`parentheses are nested deeper than ${deepest}`, scanner.at, 1);
  const parts = [all(scanner, field, depth)];
  while (scanner.takeWord('OR')) parts.push(all(scanner, field, depth));
  return parts.length === 1 ? (parts[0] as Filter) : { kind: 'or', parts };
}

function all(scanner: Scanner, field: string | undefined, depth: number): Filter {
  const parts: Filter[] = [];
  do {
    parts.push(one(scanner, field, depth));
    scanner.skipBlanks();
  } while (scanner.takeWord('AND') || !(scanner.done || scanner.next === ')' || scanner.sees('OR')));
  return parts.length === 1 ? (parts[0] as Filter) : { kind: 'and', parts };
}

function one(scanner: Scanner, field: string | undefined, depth: number): Filter {
  scanner.skipBlanks();
  const start = scanner.at;
  for (const word of ['AND', 'OR', 'TO'])
    if (scanner.sees(word))
      scanner.refuse(`expected a term before ${word}; "${word}" in quotes is the word`, start, word.length);
  if (scanner.done || scanner.next === ')')
    scanner.refuse(
      field === undefined ? 'expected a term, such as status:500' : `expected a value of ${field}`,
      start,
      1,
    );
  if (scanner.takeWord('NOT') || scanner.take('-')) {
    if (depth > deepest) scanner.refuse(`NOT is nested deeper than ${deepest}`, start, 1);
    return { kind: 'not', part: one(scanner, field, depth + 1) };
  }
  if (scanner.take('(')) return group(scanner, field, start, depth);
  if (field !== undefined) return term(scanner, field, start);
  const name = scanner.takeField();
  if (name === undefined) return freeText(scanner, start);
  scanner.skipBlanks();
  const opened = scanner.at;
  return scanner.take('(') ? group(scanner, name, opened, depth) : term(scanner, name, start);
}

function group(scanner: Scanner, field: string | undefined, opened: number, depth: number): Filter {
  const inner = any(scanner, field, depth + 1);
  scanner.skipBlanks();
  if (!scanner.take(')')) scanner.refuse('this parenthesis is not closed: expected )', opened, 1);
  return inner;
}

const placed = (scanner: Scanner, start: number): Place => ({ offset: start, length: scanner.at - start });

function freeText(scanner: Scanner, start: number): Filter {
  const written = scanner.value();
  if (written.kind === 'regex')
    scanner.refuse(
      'a regular expression needs a field, such as path:/…/; quote it to look for the text',
      start,
    );
  const pattern =
    written.kind === 'plain' ? literalPattern(written.text) : (written as { pattern: string }).pattern;
  return { kind: 'text', pattern, at: placed(scanner, start) };
}

function term(scanner: Scanner, field: string, start: number): Filter {
  const test = comparison(scanner, field) ?? range(scanner) ?? single(value(scanner, field));
  return { kind: 'term', field, test, at: placed(scanner, start) };
}

function comparison(scanner: Scanner, field: string): Test | undefined {
  for (const sign of ['>=', '<=', '>', '<'] as const) {
    if (!scanner.take(sign)) continue;
    scanner.skipBlanks();
    const start = scanner.at;
    const bound = { value: plain(scanner, value(scanner, field), start), inclusive: sign.length === 2 };
    return sign.startsWith('>') ? { op: 'within', from: bound } : { op: 'within', to: bound };
  }
  return undefined;
}

function range(scanner: Scanner): Test | undefined {
  const start = scanner.at;
  const fromInclusive = scanner.take('[');
  if (!fromInclusive && !scanner.take('{')) return undefined;
  const expected = 'expected a range such as [400 TO 499], {0 TO 1} or [500 TO *]';
  scanner.skipBlanks();
  const from = rangeEnd(scanner, expected);
  scanner.skipBlanks();
  if (!scanner.takeWord('TO')) scanner.refuse(expected, start);
  scanner.skipBlanks();
  const to = rangeEnd(scanner, expected);
  scanner.skipBlanks();
  const toInclusive = scanner.take(']');
  if (!toInclusive && !scanner.take('}')) scanner.refuse(`this range is not closed: ${expected}`, start);
  if (from === undefined && to === undefined) return { op: 'present' };
  return {
    op: 'within',
    ...(from === undefined ? {} : { from: { value: from, inclusive: fromInclusive } }),
    ...(to === undefined ? {} : { to: { value: to, inclusive: toInclusive } }),
  };
}

function rangeEnd(scanner: Scanner, expected: string): string | undefined {
  const start = scanner.at;
  const written = scanner.value(']}');
  if (scanner.at === start) scanner.refuse(expected, start, 1);
  if (written.kind === 'pattern' && written.pattern === '*') return undefined;
  return plain(scanner, written, start);
}

function value(scanner: Scanner, field: string): Written {
  const start = scanner.at;
  for (const word of ['AND', 'OR', 'TO'])
    if (scanner.sees(word)) scanner.refuse(`expected a value of ${field} before ${word}`, start, word.length);
  const written = scanner.value();
  if (scanner.at === start) scanner.refuse(`expected a value of ${field}`, start, 1);
  return written;
}

function plain(scanner: Scanner, written: Written, start: number): string {
  if (written.kind === 'plain') return written.text;
  return scanner.refuse('a comparison or range takes plain values, no wildcards and no expressions', start);
}

function single(written: Written): Test {
  if (written.kind === 'regex') return { op: 'regex', source: written.source };
  if (written.kind === 'plain') return { op: 'is', value: written.text };
  return /^\*+$/.test(written.pattern) ? { op: 'present' } : { op: 'like', pattern: written.pattern };
}
