/**
 * From the Query as it was asked to an Ask in which nothing is open: moments are microseconds, names are fields and
 * measures, filters are conditions, buckets have edges. Every mistake is found here, before any engine is troubled.
 */
import type { Filter } from '../core/filter.ts';
import { type Granularity, mostBuckets, type Query, type QueryProblem } from '../core/query.ts';
import { fail, ok, type Result } from '../core/result.ts';
import { bindFilter, type Condition, mostWeight, positionsNeed, tooManyTerms, weightOf } from './bind.ts';
import { automatic, type BucketLength, bucketEdges, isEdge, roughCount } from './buckets.ts';
import type { Field, Fields } from './fields.ts';
import { findMeasure, type Measure, narrowed } from './measures.ts';
import { parseFilter } from './parse.ts';
import { parseMoment, parseSpan, shift } from './time.ts';
import { openZone, type Zone } from './zone.ts';

/** Microseconds: from inclusive, to exclusive; `edges` are the starts of the buckets and the end of the last. */
export interface Range {
  readonly from: number;
  readonly to: number;
  readonly edges?: readonly number[];
}

export interface Ask {
  readonly range: Range;
  readonly previous?: Range;
  readonly zone: Zone;
  readonly condition: Condition;
  readonly measures: readonly Measure[];
  readonly by: readonly Field[];
  readonly limit: number;
  readonly others: boolean;
  readonly order:
    | { readonly measure: Measure; readonly descending: boolean }
    | { readonly dimension: number; readonly descending: boolean };
}

export interface AskContext {
  readonly fields: Fields;
  /** Microseconds. */
  readonly now: number;
  /** Whether the asker may see personal data; otherwise filters on it are refused. */
  readonly unmasked: boolean;
  /** Whether the asker may ask about positions. */
  readonly positions?: boolean;
}

const invalid = (path: string, reason: string) => fail<QueryProblem>({ kind: 'invalid', path, reason });

export function resolveQuery(query: Query, context: AskContext): Result<Ask, QueryProblem> {
  const zone = openZone(query.timezone ?? 'UTC');
  if (zone === undefined)
    return invalid(
      'timezone',
      `there is no time zone ${query.timezone}; expected a name such as Europe/Amsterdam`,
    );
  const range = resolveRange(query, context.now, zone);
  if (!range.ok) return range;
  const length = query.granularity && bucketLength(query.granularity, range.value);
  const bucketed = withEdges(range.value, length, zone);
  if (!bucketed.ok) return bucketed;
  const condition = resolveFilter(query.filter ?? '', 'filter', context);
  if (!condition.ok) return condition;
  const measures = resolveMeasures(query, context);
  if (!measures.ok) return measures;
  const by = resolveDimensions(query.by ?? [], context);
  if (!by.ok) return by;
  const order = resolveOrder(query.orderBy, measures.value, by.value);
  if (!order.ok) return order;
  const previous = resolvePrevious(query.compare, range.value, length, zone);
  if (!previous.ok) return previous;
  return ok({
    range: bucketed.value,
    ...(previous.value === undefined ? {} : { previous: previous.value }),
    zone,
    condition: condition.value,
    measures: measures.value,
    by: by.value,
    limit: query.limit ?? 100,
    others: query.others ?? false,
    order: order.value,
  });
}

/** `from` and `to` of anything that is bounded in time. */
export function resolveRange(
  asked: { readonly from: string | number; readonly to: string | number },
  now: number,
  zone: Zone,
): Result<Range, QueryProblem> {
  const from = parseMoment(asked.from, { now, timezone: zone.name });
  if (!from.ok) return invalid('from', from.error);
  const to = parseMoment(asked.to, { now, timezone: zone.name });
  if (!to.ok) return invalid('to', to.error);
  if (to.value <= from.value) return invalid('to', 'the end must lie after the start');
  return ok({ from: from.value, to: to.value });
}

/** A filter text as a condition; `path` is where it stood in the question. */
export function resolveFilter(
  filter: string | Filter,
  path: string,
  context: AskContext,
): Result<Condition, QueryProblem> {
  const parsed = typeof filter === 'string' ? parseFilter(filter) : ok(filter);
  const bound = parsed.ok ? bindFilter(parsed.value, context) : parsed;
  if (bound.ok) return bound;
  const { offset, length, reason } = bound.error;
  const kind = 'forbidden' in bound.error ? 'forbidden' : 'invalid';
  return fail({ kind, path, reason, offset, length });
}

const bucketLength = (granularity: Granularity, range: Range): BucketLength =>
  granularity === 'auto' ? automatic(range.from, range.to) : granularity;

function withEdges(range: Range, length: BucketLength | undefined, zone: Zone): Result<Range, QueryProblem> {
  if (length === undefined) return ok(range);
  const count = roughCount(range.from, range.to, length);
  const edges = count > mostBuckets ? undefined : bucketEdges(range.from, range.to, length, zone);
  if (edges === undefined)
    return invalid(
      'granularity',
      `that would be about ${count} buckets, at most ${mostBuckets} are answered: take a coarser one or a shorter range`,
    );
  return ok({ ...range, edges });
}

function resolveMeasures(query: Query, context: AskContext): Result<Measure[], QueryProblem> {
  const measures: Measure[] = [];
  let weight = 0;
  for (const [index, asked] of query.measures.entries()) {
    const path = `measures.${index}`;
    const named = typeof asked === 'string' ? { name: asked, measure: asked } : asked;
    const found = findMeasure(named.measure, context.fields);
    if (!found.ok) return invalid(path, found.error);
    if (measures.some((measure) => measure.name === named.name))
      return invalid(path, `the name ${named.name} is used twice`);
    const condition = resolveFilter(named.filter ?? '', `${path}.filter`, context);
    if (!condition.ok) return condition;
    const { value } = condition;
    weight += weightOf(value) * found.value.parts.length;
    if (weight > mostWeight) return invalid(`${path}.filter`, tooManyTerms);
    const parts =
      value.kind === 'all' ? found.value.parts : found.value.parts.map((part) => narrowed(part, value));
    measures.push({ ...found.value, name: named.name, parts });
  }
  return ok(measures);
}

function resolveDimensions(names: readonly string[], context: AskContext): Result<Field[], QueryProblem> {
  const by: Field[] = [];
  for (const [index, name] of names.entries()) {
    const path = `by.${index}`;
    const found = context.fields.find(name);
    if (!found.ok) return invalid(path, found.error);
    if (found.value.kind === 'time') return invalid(path, `${name} is a time: ask for a granularity instead`);
    if (found.value.name === 'raw') return invalid(path, 'raw cannot be grouped by');
    if (found.value.name === 'position' && context.positions !== true)
      return fail({ kind: 'forbidden', path, reason: positionsNeed });
    if (by.some((field) => field.name === name)) return invalid(path, `${name} is named twice`);
    by.push(found.value);
  }
  return ok(by);
}

function resolveOrder(
  orderBy: string | undefined,
  measures: readonly Measure[],
  by: readonly Field[],
): Result<Ask['order'], QueryProblem> {
  const match = /^(.*?)(?: (asc|desc))?$/.exec(orderBy ?? (measures[0] as Measure).name) as RegExpExecArray;
  const dimension = by.findIndex((field) => field.name === match[1]);
  if (orderBy !== undefined && dimension >= 0) return ok({ dimension, descending: match[2] === 'desc' });
  const measure = measures.find(({ name }) => name === match[1]);
  if (measure === undefined)
    return invalid('orderBy', `${match[1]} is neither a measure nor a dimension of this query`);
  return ok({ measure, descending: match[2] !== 'asc' });
}

/**
 * The earlier range. Whole buckets of a calendar go back by as many buckets (the quarter before this quarter); whole
 * days on the wall by days, so that a change of clocks does not shift them; everything else by its exact length.
 */
function resolvePrevious(
  compare: string | undefined,
  range: Range,
  length: BucketLength | undefined,
  zone: Zone,
): Result<Range | undefined, QueryProblem> {
  if (compare === undefined) return ok(undefined);
  const move = compare === 'previous' ? backByItself(range, length, zone) : backBySpan(compare, zone);
  if (move === undefined) return invalid('compare', 'expected `previous` or how far back, such as 7d');
  const from = move(range.from);
  const to = compare === 'previous' ? range.from : move(range.to);
  // Neither when it is no number.
  if (!(from >= 0 && to > from)) return invalid('compare', 'the range to compare with must lie after 1970');
  return withEdges({ from, to }, length, zone);
}

type Move = (micros: number) => number;

function backBySpan(span: string, zone: Zone): Move | undefined {
  const back = parseSpan(span);
  return back && ((micros) => shift(micros, -back.amount, back.unit, zone));
}

function backByItself({ from, to }: Range, length: BucketLength | undefined, zone: Zone): Move {
  if (length === 'month' && isEdge(from, length, zone) && isEdge(to, length, zone)) {
    const months = (bucketEdges(from, to, length, zone)?.length ?? 1) - 1;
    return (micros) => shift(micros, -months, 'M', zone);
  }
  const days = Math.round((to - from) / 86_400e6);
  if (days > 0 && shift(from, days, 'd', zone) === to) return (micros) => shift(micros, -days, 'd', zone);
  return (micros) => micros - (to - from);
}
