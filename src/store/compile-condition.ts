/**
 * A Condition as an SQL expression that is true or false and never NULL: a missing value fails every test, so its
 * negation holds, as in `query/matches.ts`.
 */

import { addressText } from '../query/address.ts';
import type { Condition, FieldTest, Limit } from '../query/bind.ts';
import type { Field } from '../query/fields.ts';
import { anyRun, type Glob } from '../query/glob.ts';
import { momentSql, type Params } from './params.ts';

export function conditionSql(condition: Condition, params: Params): string {
  switch (condition.kind) {
    case 'all':
      return '1';
    case 'and':
    case 'or':
      return `(${condition.parts.map((part) => conditionSql(part, params)).join(condition.kind === 'and' ? ' AND ' : ' OR ')})`;
    case 'not':
      return `(NOT ${conditionSql(condition.part, params)})`;
    case 'text':
      return `(${condition.fields.map((field) => containsSql(valueSql(field, params), condition.glob, params)).join(' OR ')})`;
    case 'test':
      return testSql(condition.field, condition.test, params);
  }
}

/** The value of a field. Missing is '' for text, NULL for numbers and flags, [] for lists. */
export function valueSql(field: Field, params: Params): string {
  return 'column' in field.source
    ? `\`${field.source.column}\``
    : `attributes[${params.add('String', field.source.attribute)}]`;
}

/** The number in a field, NULL when there is none; attributes are text that may be one. */
export function numberSql(field: Field, params: Params): string {
  const value = valueSql(field, params);
  if ('column' in field.source) return value;
  // The same numbers as `plainNumber` takes: the engine's own reading also takes `inf`, `1.` and what is too large.
  const decimal = `match(${value}, '\\\\A[+-]?[0-9]+(\\\\.[0-9]+)?([eE][+-]?[0-9]+)?\\\\z')`;
  return `if(${decimal} AND isFinite(toFloat64OrZero(${value})), toFloat64OrZero(${value}), NULL)`;
}

/** A word is looked for as it is; with wildcards between, by a pattern. A to Z in either case. */
function containsSql(value: string, glob: Glob, params: Params): string {
  const word = glob[1];
  if (glob.length === 3 && typeof word === 'string')
    return `positionCaseInsensitive(${value}, ${params.add('String', word)}) > 0`;
  return `lower(${value}) LIKE ${params.add('String', likePattern(glob))}`;
}

const likePattern = (glob: Glob): string =>
  glob
    .map((part) => (typeof part === 'string' ? part.replace(/[%_\\]/g, '\\$&') : part === anyRun ? '%' : '_'))
    .join('');

function testSql(field: Field, test: FieldTest, params: Params): string {
  const value = valueSql(field, params);
  const isColumn = 'column' in field.source;
  if (field.kind === 'list' && test.op !== 'present')
    return `arrayExists(element -> ${textTest('element', test, params)}, ${value})`;
  switch (test.op) {
    case 'present':
      return presentSql(field, value);
    case 'within':
      return withinSql(field, test, params);
    case 'flag':
      return isColumn ? `ifNull(${value} = ${test.value}, 0)` : `(${value} = '${test.value}')`;
    case 'network': {
      const [from, to] = [test.from, test.to].map(
        (bits) => `toIPv6(${params.add('String', addressText(bits))})`,
      );
      // The engine also takes leading zeros in decimal, which elsewhere are octal or none: `addressBits` refuses them.
      const odd = `match(${value}, '[:.]0[0-9]+[.]|[.]0[0-9]')`;
      return `ifNull(toIPv6OrNull(${value}) >= ${from} AND toIPv6OrNull(${value}) <= ${to} AND NOT ${odd}, 0)`;
    }
    default: {
      const text = isColumn && field.kind === 'integer' ? `ifNull(toString(${value}), '')` : value;
      return textTest(text, test, params);
    }
  }
}

/** Times, weight and position are in every row. */
function presentSql(field: Field, value: string): string {
  if (field.kind === 'text' || field.kind === 'list' || 'attribute' in field.source)
    return `notEmpty(${value})`;
  return field.kind === 'time' || field.name === 'weight' || field.name === 'position'
    ? '1'
    : `isNotNull(${value})`;
}

function textTest(text: string, test: FieldTest, params: Params): string {
  switch (test.op) {
    case 'is':
      // Only a missing value is empty, and a missing value matches nothing.
      return test.value === '' ? '0' : `(${text} = ${params.add('String', test.value)})`;
    case 'like':
      return `(${text} LIKE ${params.add('String', likePattern(test.glob))})`;
    case 'regex':
      return `(${text} != '' AND match(${text}, ${params.add('String', test.regex.re2)}))`;
    default:
      throw new Error(`No text can be tested by ${test.op}`);
  }
}

function withinSql(
  field: Field,
  { from, to }: { readonly from?: Limit; readonly to?: Limit },
  params: Params,
): string {
  const value = numberSql(field, params);
  const limit = (number: number): string => {
    if (field.kind === 'time') return momentSql(number, params);
    return params.add(Number.isSafeInteger(number) ? 'Int64' : 'Float64', number);
  };
  if (from !== undefined && from.value === to?.value && from.inclusive && to.inclusive)
    return `ifNull(${value} = ${limit(from.value)}, 0)`;
  const sides: string[] = [];
  if (from !== undefined) sides.push(`${value} ${from.inclusive ? '>=' : '>'} ${limit(from.value)}`);
  if (to !== undefined) sides.push(`${value} ${to.inclusive ? '<=' : '<'} ${limit(to.value)}`);
  return `ifNull(${sides.join(' AND ')}, 0)`;
}
