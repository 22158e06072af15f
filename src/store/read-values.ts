/** The most frequent values of a field, for completion. */
import type { QueryProblem } from '../core/query.ts';
import { fail, ok, type Result } from '../core/result.ts';
import { type Condition, positionsNeed } from '../query/bind.ts';
import type { Field } from '../query/fields.ts';
import type { CompileContext } from './compile.ts';
import { valueSql } from './compile-condition.ts';
import { createParams } from './params.ts';
import type { Run } from './run.ts';
import { eventsTable } from './schema.ts';
import { whereSql } from './source.ts';

export interface ValueCount {
  readonly value: string;
  /** Events, by weight. */
  readonly count: number;
}

export interface ResolvedValuesAsk {
  /** Microseconds. */
  readonly from: number;
  readonly to: number;
  readonly condition: Condition;
  /** A to Z in either case. */
  readonly prefix: string;
  readonly limit: number;
}

/**
 * Most frequent first, then by value. Of a personal field someone without the scope for it learns nothing here: a
 * prefix would be a way to guess values letter by letter.
 */
export async function readValues(
  run: Run,
  field: Field,
  ask: ResolvedValuesAsk,
  context: CompileContext,
  signal?: AbortSignal,
): Promise<Result<ValueCount[], QueryProblem>> {
  if (field.name === 'raw' || field.kind === 'time')
    return fail({ kind: 'invalid', path: 'field', reason: `${field.name} has no list of values` });
  if (field.personal && context.mask !== undefined)
    return fail({
      kind: 'forbidden',
      path: 'field',
      reason: `${field.name} is personal data: its values need the scope read:raw`,
    });
  if (field.name === 'position' && !context.positions)
    return fail({ kind: 'forbidden', path: 'field', reason: positionsNeed });
  const params = createParams();
  const value = valueSql(field, params);
  const isText = field.kind === 'text' || field.kind === 'list' || 'attribute' in field.source;
  const text =
    field.kind === 'list'
      ? `arrayJoin(arrayDistinct(${value}))`
      : isText
        ? value
        : `ifNull(toString(${value}), '')`;
  const begins =
    ask.prefix === '' ? '' : ` AND startsWith(lower(v), lower(${params.add('String', ask.prefix)}))`;
  const sql = `SELECT ${text} AS v, sum(weight) AS n
FROM ${eventsTable}
WHERE ${whereSql(ask, ask.condition, context.tenant, params)}
GROUP BY v
HAVING v != ''${begins}
ORDER BY n DESC, v
LIMIT ${params.add('UInt64', ask.limit)}`;
  const found = await run.cells<[string, number]>({ sql, params: params.values }, signal);
  return found.ok ? ok(found.value.map(([v, count]) => ({ value: v, count }))) : found;
}
