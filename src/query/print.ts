/** Writes a Filter in the filter language. What it writes, `parse.ts` reads as the same filter. */
import type { Bound, Filter, Test } from '../core/filter.ts';
import { literalOf, parseGlob } from './glob.ts';

/** The text of `filter`; everything is the empty text. */
export function printFilter(filter: Filter): string {
  switch (filter.kind) {
    case 'all':
      return '';
    case 'and':
      return filter.parts
        .map((part) =>
          part.kind === 'or' || part.kind === 'and' ? `(${printFilter(part)})` : printFilter(part),
        )
        .join(' ');
    case 'or':
      return filter.parts
        .map((part) => (part.kind === 'or' ? `(${printFilter(part)})` : printFilter(part)))
        .join(' OR ');
    case 'not':
      return `-${filter.part.kind === 'and' || filter.part.kind === 'or' ? `(${printFilter(filter.part)})` : printFilter(filter.part)}`;
    case 'text':
      return printPattern(filter.pattern, true);
    case 'term':
      return `${filter.field}:${printTest(filter.test)}`;
  }
}

/** `field:value` for a value taken from an event, whatever is in it. */
export const printTerm = (field: string, value: string): string => `${field}:${printValue(value)}`;

function printTest(test: Test): string {
  switch (test.op) {
    case 'is':
      return printValue(test.value);
    case 'like':
      return printPattern(test.pattern, false);
    case 'regex':
      return `/${test.source.replace(/\\[\s\S]|[\s/]/g, (found) => (found.length > 1 ? found : `\\${found}`))}/`;
    case 'present':
      return '*';
    case 'within':
      return printRange(test.from, test.to);
  }
}

function printRange(from: Bound | undefined, to: Bound | undefined): string {
  if (from !== undefined && to === undefined) return `>${from.inclusive ? '=' : ''}${printValue(from.value)}`;
  if (to !== undefined && from === undefined) return `<${to.inclusive ? '=' : ''}${printValue(to.value)}`;
  if (from === undefined || to === undefined) return '*';
  return `${from.inclusive ? '[' : '{'}${printValue(from.value)} TO ${printValue(to.value)}${to.inclusive ? ']' : '}'}`;
}

/** Safe without quotes wherever a value may stand. */
const bare = /^[\p{L}\p{N}_./@#$%+~&;,'µ][\p{L}\p{N}_.:/@#$%+~&;,'=-]*$/u;
const word = /^(AND|OR|NOT|TO)$/;

function printValue(value: string): string {
  const looksLikeRegex = value.startsWith('/') && value.endsWith('/');
  if (bare.test(value) && !word.test(value) && !looksLikeRegex) return value;
  return `"${value.replace(/["\\]/g, '\\$&')}"`;
}

function printPattern(pattern: string, free: boolean): string {
  const literal = literalOf(parseGlob(pattern));
  // Free text that looks like a field and a value is quoted.
  if (literal !== undefined)
    return free && literal.includes(':') ? `"${literal.replace(/["\\]/g, '\\$&')}"` : printValue(literal);
  const text = parseGlob(pattern)
    .map((part) =>
      typeof part === 'symbol'
        ? (Symbol.keyFor(part) as string)
        : part.replace(/[\s"()*?\\:[\]{}<>=/-]/g, '\\$&'),
    )
    .join('');
  return /^(AND|OR|NOT|TO)$/.test(text) ? `\\${text}` : text;
}
