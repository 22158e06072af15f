/**
 * Checks a Filter against the fields there are and makes a Condition of it: names resolved, values in base units,
 * patterns read. The engine's SQL and the predicate in memory are both made from the Condition, so that one filter
 * cannot mean two things.
 */
import type { Bound, Filter, FilterProblem, Place, Test } from '../core/filter.ts';
import { fail, ok, type Result } from '../core/result.ts';
import { network } from './address.ts';
import { amount, plainNumber, unitsOf } from './amounts.ts';
import type { Field, Fields } from './fields.ts';
import { type Glob, parseGlob, unanchored } from './glob.ts';
import { parseRegex, type Regex } from './regex.ts';
import { parseMoment } from './time.ts';

export type Condition =
  | { readonly kind: 'all' }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Condition[] }
  | { readonly kind: 'not'; readonly part: Condition }
  /** Found in any of the fields, A to Z in either case; `glob` has lower case letters. */
  | { readonly kind: 'text'; readonly fields: readonly Field[]; readonly glob: Glob }
  | { readonly kind: 'test'; readonly field: Field; readonly test: FieldTest };

export type FieldTest =
  | { readonly op: 'present' }
  | { readonly op: 'is'; readonly value: string }
  /** Over the text of the value; a number's text is its decimal form. */
  | { readonly op: 'like'; readonly glob: Glob }
  | { readonly op: 'regex'; readonly regex: Regex }
  /** Numbers in base units; times in microseconds. */
  | { readonly op: 'within'; readonly from?: Limit; readonly to?: Limit }
  | { readonly op: 'flag'; readonly value: boolean }
  /** First and last address as 32 hexadecimal digits, version 4 mapped into version 6. */
  | { readonly op: 'network'; readonly from: string; readonly to: string };

export interface Limit {
  readonly value: number;
  readonly inclusive: boolean;
}

export interface Binding {
  readonly fields: Fields;
  /** Microseconds, for relative times. */
  readonly now: number;
  /** Without it personal fields and `raw` cannot be asked about, and free text leaves personal columns out. */
  readonly unmasked: boolean;
  /** Without it positions cannot be asked about: they tell how much all tenants have sent. */
  readonly positions?: boolean;
}

export const positionsNeed =
  'position counts through all tenants: to ask about it needs the scope installation';

const searched = ['path', 'error', 'message', 'consumer', 'userAgent', 'nativeDenialReason'];
const whole: Place = { offset: 0, length: 0 };

/** `forbidden` is set when only the scope is missing. */
export type BindProblem = FilterProblem & { readonly forbidden?: true };

/** What all filters of one question may weigh ({@link weightOf}). */
export const mostWeight = 2_000;

export function bindFilter(filter: Filter, binding: Binding): Result<Condition, BindProblem> {
  const bound = bindPart(filter, binding);
  if (!bound.ok) return bound;
  return weightOf(bound.value) > mostWeight ? fail({ ...whole, reason: tooManyTerms }) : bound;
}

export const tooManyTerms = `it has too many terms: ${mostWeight} in one question, where free text counts once for each column and a pattern ten times`;

/** How much work a condition makes for each event: the number of its comparisons, patterns counting for ten. */
export function weightOf(condition: Condition): number {
  switch (condition.kind) {
    case 'all':
      return 0;
    case 'and':
    case 'or':
      return condition.parts.reduce((sum, part) => sum + weightOf(part), 0);
    case 'not':
      return weightOf(condition.part);
    case 'text':
      return condition.fields.length * (condition.glob.length > 3 ? 10 : 1);
    case 'test':
      return condition.test.op === 'regex'
        ? 10 + condition.test.regex.states / 10
        : condition.test.op === 'like'
          ? 10
          : 1;
  }
}

function bindPart(filter: Filter, binding: Binding): Result<Condition, BindProblem> {
  switch (filter.kind) {
    case 'all':
      return ok({ kind: 'all' });
    case 'and':
    case 'or': {
      const parts: Condition[] = [];
      for (const part of filter.parts) {
        const bound = bindPart(part, binding);
        if (!bound.ok) return bound;
        parts.push(bound.value);
      }
      return ok({ kind: filter.kind, parts });
    }
    case 'not': {
      const part = bindPart(filter.part, binding);
      return part.ok ? ok({ kind: 'not', part: part.value }) : part;
    }
    case 'text': {
      const { offset, length } = filter.at ?? whole;
      const heavy = tooHeavy(filter.pattern);
      return heavy === undefined
        ? ok(freeText(filter.pattern, binding))
        : fail({ offset, length, reason: heavy });
    }
    case 'term':
      return bindTerm(filter, binding);
  }
}

function freeText(pattern: string, binding: Binding): Condition {
  const fields = searched.flatMap((name) => {
    const field = binding.fields.find(name);
    return field.ok && (binding.unmasked || !field.value.personal) ? [field.value] : [];
  });
  return isAnything(pattern)
    ? { kind: 'all' }
    : { kind: 'text', fields, glob: foundAnywhere(parseGlob(pattern)) };
}

const mostWildcards = 30;
const longestPattern = 1_000;

/** Every further wildcard multiplies the ways in which a long text may fit. */
function tooHeavy(pattern: string): string | undefined {
  const wildcards = parseGlob(pattern).filter((part) => typeof part !== 'string').length;
  if (wildcards > mostWildcards) return `a pattern may have ${mostWildcards} wildcards`;
  return wildcards > 0 && pattern.length > longestPattern
    ? `a pattern with wildcards may have ${longestPattern} characters`
    : undefined;
}

const isAnything = (pattern: string): boolean => /^\**$/.test(pattern);

const foundAnywhere = (glob: Glob): Glob =>
  unanchored(
    glob.map((part) =>
      typeof part === 'string' ? part.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : part,
    ),
  );

function bindTerm(filter: Filter & { kind: 'term' }, binding: Binding): Result<Condition, BindProblem> {
  const at = filter.at ?? whole;
  const refuse = (reason: string) => fail<BindProblem>({ ...at, reason });
  const found = binding.fields.find(filter.field);
  if (!found.ok)
    return fail({ offset: at.offset, length: Math.min(at.length, filter.field.length), reason: found.error });
  const field = found.value;
  if (!binding.unmasked && (field.personal || field.name === 'raw') && filter.test.op !== 'present')
    return fail({
      ...at,
      forbidden: true,
      reason: `${field.name} ${field.name === 'raw' ? 'may hold' : 'is'} personal data: a filter on it needs the scope read:raw`,
    });
  if (field.name === 'position' && binding.positions !== true)
    return fail({ ...at, forbidden: true, reason: positionsNeed });
  const heavy = filter.test.op === 'like' ? tooHeavy(filter.test.pattern) : undefined;
  if (heavy !== undefined) return refuse(heavy);
  if (filter.test.op === 'like' && isAnything(filter.test.pattern))
    return ok({ kind: 'test', field, test: { op: 'present' } });
  const looked = wordsOf(filter.test);
  if (field.name === 'raw' && looked !== undefined) {
    return ok({ kind: 'text', fields: [field], glob: foundAnywhere(looked) });
  }
  const test = bindTest(filter.test, field, binding);
  return test.ok ? ok({ kind: 'test', field, test: test.value }) : refuse(test.error);
}

/** What is looked for; the empty text is nowhere, as a missing value matches nothing. */
function wordsOf(test: Test): Glob | undefined {
  if (test.op === 'like') return parseGlob(test.pattern);
  return test.op === 'is' && test.value !== '' ? [test.value] : undefined;
}

function bindTest(test: Test, field: Field, binding: Binding): Result<FieldTest, string> {
  switch (test.op) {
    case 'present':
      return ok({ op: 'present' });
    case 'is':
      return bindValue(test.value, field, binding);
    case 'like':
    case 'regex': {
      if (field.kind === 'time' || field.kind === 'flag') return fail(`${field.name} ${expected(field)}`);
      if (test.op === 'like') return ok({ op: 'like', glob: parseGlob(test.pattern) });
      const regex = parseRegex(test.source);
      return regex.ok
        ? ok({ op: 'regex', regex: regex.value })
        : fail(`the expression ${regex.error.reason} (at character ${regex.error.offset + 1} of it)`);
    }
    case 'within': {
      const from = bindBound(test.from, field, binding);
      const to = bindBound(test.to, field, binding);
      if (!from.ok) return from;
      if (!to.ok) return to;
      return ok({ op: 'within', ...from.value, ...renamed(to.value) });
    }
  }
}

const renamed = (bound: { from?: Limit }): { to?: Limit } =>
  bound.from === undefined ? {} : { to: bound.from };

function bindBound(
  bound: Bound | undefined,
  field: Field,
  binding: Binding,
): Result<{ from?: Limit }, string> {
  if (bound === undefined) return ok({});
  if (field.kind === 'flag' || field.kind === 'list' || (field.kind === 'text' && !isUndeclared(field)))
    return fail(`${field.name} is no number and cannot be compared; ${expected(field)}`);
  const value = numeric(bound.value, field, binding);
  return value === undefined
    ? fail(`${field.name} ${expected(field)}, not "${bound.value}"`)
    : ok({ from: { value, inclusive: bound.inclusive } });
}

/** An attribute that nobody declared has no kind: compared with a number it is read as one. */
const isUndeclared = (field: Field): boolean =>
  'attribute' in field.source && field.name.startsWith('attributes.');

function numeric(text: string, field: Field, binding: Binding): number | undefined {
  if (field.kind !== 'time') return field.kind === 'text' ? plainNumber(text) : amount(text, field.unit);
  const moment = parseMoment(text, { now: binding.now, timezone: 'UTC' });
  return moment.ok ? moment.value : undefined;
}

function bindValue(value: string, field: Field, binding: Binding): Result<FieldTest, string> {
  switch (field.kind) {
    case 'flag':
      if (value === 'true' || value === 'false') return ok({ op: 'flag', value: value === 'true' });
      return fail(`${field.name} ${expected(field)}, not "${value}"`);
    case 'integer':
    case 'number':
    case 'time': {
      const number = numeric(value, field, binding);
      if (number === undefined) return fail(`${field.name} ${expected(field)}, not "${value}"`);
      const limit = { value: number, inclusive: true };
      return ok({ op: 'within', from: limit, to: limit });
    }
    default: {
      const block = field.name === 'clientIp' ? network(value) : undefined;
      if (block !== undefined) return ok({ op: 'network', ...block });
      if (field.name === 'clientIp' && value.includes('/'))
        return fail(`${field.name} is an address or a block such as 203.0.113.0/24, not "${value}"`);
      return ok({ op: 'is', value });
    }
  }
}

function expected(field: Field): string {
  switch (field.kind) {
    case 'flag':
      return 'is true or false';
    case 'time':
      return 'is a time such as 2026-01-31T12:00:00Z, >now-1h or [now-2d TO now-1d]';
    case 'integer':
    case 'number':
      return field.unit === undefined
        ? 'is a number such as 500, >=500 or [500 TO 599]'
        : `is a number in ${field.unit === 'us' ? 'microseconds' : 'bytes'} or with a unit (${unitsOf(field.unit)})`;
    default:
      return `is text, such as ${field.name}:word, ${field.name}:wo* or ${field.name}:"two words"`;
  }
}
