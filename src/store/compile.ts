/**
 * From an Ask to SQL. A question with groups and buckets is asked in two steps: `compileRanking` finds the top groups,
 * and `compileAnswer` takes everything in one pass: the top groups, the others and the totals, each from its own
 * aggregate states. `compileTop` does both at once where that is possible. A tenant is an argument of each and there is
 * no way without.
 *
 * Expressions over columns are made of the schema's own names; every value is a parameter (`params.ts`).
 */

import { evenLength } from '../query/buckets.ts';
import type { Field } from '../query/fields.ts';
import type { Measure, Part } from '../query/measures.ts';
import type { Ask, Range } from '../query/resolve.ts';
import { valueSql } from './compile-condition.ts';
import type { Mask } from './mask.ts';
import { createParams, type Params } from './params.ts';
import { chooseSource, type Source } from './source.ts';

export interface Statement {
  readonly sql: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** The values of one group: text, or a number for numeric and boolean dimensions; `missing` stands for none. */
export type GroupKey = readonly (string | number)[];

/** Key of a group whose numeric or boolean dimension is missing; missing text is ''. */
export const missingNumber = Number.MIN_SAFE_INTEGER;

export interface CompileContext {
  /** Whose events; from the token only. */
  readonly tenant: string;
  /** Undefined when the asker may see personal data. */
  readonly mask: Mask | undefined;
  /** Whether the asker may see positions. */
  readonly positions: boolean;
}

interface Ranking {
  /** Names of the keys, and the SQL that selects them. */
  readonly keys: readonly string[];
  readonly selected: readonly string[];
  readonly source: Source;
  /** The figure that orders the groups; ties are broken by their keys. */
  readonly rank: string;
  readonly direction: 'ASC' | 'DESC';
}

/** The groups of an ask and their order, over a source that knows `parts` too. */
function rankingOf(ask: Ask, parts: readonly Part[], context: CompileContext, params: Params): Ranking {
  const { by, order } = ask;
  const keys = by.map((_, index) => `d${index}`);
  const selected = by.map((field, index) => `${dimensionSql(field, context, params)} AS ${keys[index]}`);
  const ranking = 'measure' in order ? order.measure.parts : [];
  const source = chooseSource({ ...ask, parts: [...parts, ...ranking] }, context.tenant, params);
  const rank = 'measure' in order ? rankSql(order.measure, source) : (keys[order.dimension] as string);
  return { keys, selected, source, rank, direction: order.descending ? 'DESC' : 'ASC' };
}

/** Rows: the keys of the groups, first the highest; one more than the limit when there are others. */
export function compileRanking(ask: Ask, context: CompileContext): Statement {
  const params = createParams();
  const { keys, selected, source, rank, direction } = rankingOf(ask, [], context, params);
  const sql = `SELECT ${selected.join(', ')}
${source.from}
GROUP BY ${keys.join(', ')}
ORDER BY ${rank} ${direction} NULLS LAST, ${keys.join(', ')}
LIMIT ${params.add('UInt64', ask.limit + 1)}`;
  return { sql, params: params.values };
}

/**
 * Rows: whether it is the total (1) or not, the start of the bucket in seconds (when the range has edges), whether it
 * is a top group (1) or the others (0) and its key (when the ask has dimensions), then the parts of the measures.
 */
export function compileAnswer(
  ask: Ask,
  range: Range,
  groups: readonly GroupKey[],
  context: CompileContext,
): Statement & { readonly source: Source['kind'] } {
  const params = createParams();
  const selected: string[] = [];
  const keys: string[] = [];
  const key = (expression: string, name: string): void => {
    selected.push(`${expression} AS ${name}`);
    keys.push(name);
  };
  if (range.edges !== undefined) key(bucketSql(range.edges, params), 'b');
  if (ask.by.length > 0) {
    const dimensions = ask.by.map((field) => dimensionSql(field, context, params));
    key(isTopSql(ask.by, dimensions, groups, params), 't');
    for (const [index, dimension] of dimensions.entries())
      key(groupKeySql(ask.by[index] as Field, dimension), `g${index}`);
  }
  const sets = `(${keys.join(', ')})`;
  const apart = hasTotalsApart(ask);
  const total = keys.length === 0 ? '1' : apart ? '0' : `grouping(${keys[0]})`;
  const parts = ask.measures.flatMap((measure) => measure.parts);
  const source = chooseSource({ ...ask, range, parts }, context.tenant, params);
  const sql = `SELECT ${[`${total} AS overall`, ...selected, ...parts.map(source.part)].join(', ')}
${source.from}
${keys.length === 0 ? '' : apart ? `GROUP BY ${sets}` : `GROUP BY GROUPING SETS (${sets}, ())`}`;
  return { sql, params: params.values, source: source.kind };
}

/** Whether it is the total, the place of a group among all, whether it is a top group, its key; the parts. */
export type TopRow = readonly [overall: 0 | 1, place: number, isTop: 0 | 1, ...(string | number | null)[]];

/** How the figures of several groups become one; nothing for those that are more than a number until all is there. */
const together: { readonly [K in Part['kind']]?: string } = {
  weight: 'sum',
  sum: 'sum',
  known: 'sum',
  min: 'min',
  max: 'max',
};

/**
 * Whether {@link compileTop} can answer: there are groups, no buckets, totals that are not apart, and figures that take a
 * few bytes, as all of the groups are in memory at once.
 */
export const hasTopAtOnce = (ask: Ask): boolean =>
  ask.by.length > 0 &&
  ask.range.edges === undefined &&
  !hasTotalsApart(ask) &&
  ask.measures.every(({ parts }) => parts.every(({ kind }) => together[kind] !== undefined));

/** Rows as of `compileAnswer`, with places. */
export function compileTop(
  ask: Ask,
  context: CompileContext,
): Statement & { readonly source: Source['kind'] } {
  const params = createParams();
  const parts = ask.measures.flatMap((measure) => measure.parts);
  const { keys, selected, source, rank, direction } = rankingOf(ask, parts, context, params);
  const figures = parts.map((part, index) => `${source.part(part)} AS p${index}`);
  const shown = ask.by.map((field, index) => `${groupKeySql(field, `d${index}`)} AS g${index}`);
  const totals = parts.map(({ kind }, index) => `${together[kind]}(p${index})`);
  const top = `place <= ${params.add('UInt64', ask.limit)} AS t`;
  const sql = `SELECT ${['grouping(t) AS overall', 'min(place)', top, ...shown, ...totals].join(', ')}
FROM (SELECT *, row_number() OVER (ORDER BY rank ${direction} NULLS LAST, ${keys.join(', ')}) AS place
FROM (SELECT ${[...selected, ...figures, `${rank} AS rank`].join(', ')}
${source.from}
GROUP BY ${keys.join(', ')}))
GROUP BY GROUPING SETS ((t, ${ask.by.map((_, index) => `g${index}`).join(', ')}), ())`;
  return { sql, params: params.values, source: source.kind };
}

/** By a list an event is in several groups, so the totals are a question of their own: the ask without `by`. */
export const hasTotalsApart = (ask: Ask): boolean => ask.by.some((field) => field.kind === 'list');

/** Equal lengths by arithmetic, others by looking among the starts; in seconds either way. */
function bucketSql(edges: readonly number[], params: Params): string {
  const seconds = 'toInt64(toUnixTimestamp(time))';
  const even = evenLength(edges);
  if (even === undefined)
    return `roundDown(${seconds}, ${params.add(
      'Array(Int64)',
      edges.map((edge) => edge / 1e6),
    )})`;
  const start = params.add('Int64', (edges[0] as number) / 1e6);
  const length = params.add('Int64', even / 1e6);
  return `${start} + intDiv(${seconds} - ${start}, ${length}) * ${length}`;
}

const isNumeric = (field: Field): boolean =>
  'column' in field.source && (field.kind === 'integer' || field.kind === 'flag');

/** The key of a top group; the others have none. */
const groupKeySql = (field: Field, dimension: string): string =>
  `if(t, ${dimension}, ${isNumeric(field) ? 'toInt64(0)' : "''"})`;

/** A text or a number that is never NULL. An event is in as many groups as its list has different values. */
function dimensionSql(field: Field, { mask }: CompileContext, params: Params): string {
  const value = valueSql(field, params);
  if (isNumeric(field)) return `ifNull(toInt64(${value}), toInt64(${missingNumber}))`;
  if (field.kind === 'list') return `arrayJoin(if(empty(${value}), [''], arrayDistinct(${value})))`;
  return field.personal && mask !== undefined ? mask.sql(field, `toString(${value})`, params) : value;
}

function isTopSql(
  by: readonly Field[],
  dimensions: readonly string[],
  groups: readonly GroupKey[],
  params: Params,
): string {
  // Grouped by, so it must not be folded into a constant.
  if (groups.length === 0) return 'materialize(toUInt8(0))';
  const types = by.map((field) => (isNumeric(field) ? ('Int64' as const) : ('String' as const)));
  const [type] = types;
  if (types.length === 1 && type !== undefined)
    return `${dimensions[0]} IN (${params.add(
      `Array(${type})`,
      groups.map(([value]) => value as string),
    )})`;
  return `(${dimensions.join(', ')}) IN (${params.add(`Array(Tuple(${types.join(', ')}))`, groups)})`;
}

function rankSql(measure: Measure, source: Source): string {
  const [first, second] = measure.parts.map((part) => source.part(part));
  return measure.combine === 'ratio' ? `if(${second} = 0, NULL, ${first} / ${second})` : (first as string);
}
