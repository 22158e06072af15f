/**
 * Where a question is answered from: the rows of `events`, or a rollup where one knows all that is asked. The one place
 * where that is decided; both give the same answer. Also the door: either way it is one tenant's events in a bounded
 * time.
 */
import type { Condition } from '../query/bind.ts';
import type { Field } from '../query/fields.ts';
import type { Part } from '../query/measures.ts';
import type { Range } from '../query/resolve.ts';
import { conditionSql, numberSql, valueSql } from './compile-condition.ts';
import { momentSql, type Params } from './params.ts';
import { chooseRollup, merged, type RollupNeeds, rolledUp, rollupLevels } from './rollup.ts';
import { eventsTable } from './schema.ts';

export interface Source {
  /** mixed: a rollup for whole units, rows for what lies before the first and after the last. */
  readonly kind: 'raw' | 'rollup' | 'mixed';
  /** Microseconds: each row of `from` stands for so much time at most, from its own on; 0 for a row of one event. */
  readonly unit: number;
  /** `FROM … WHERE …`; conditions and groups may name the columns that were asked for, and `time`. */
  readonly from: string;
  /** The aggregate of a part over what `from` gives. */
  part(part: Part): string;
}

export interface Wanted {
  readonly range: Range;
  readonly condition: Condition;
  readonly by: readonly Field[];
  readonly parts: readonly Part[];
}

export function chooseSource(wanted: Wanted, tenant: string, params: Params): Source {
  const needs = needsOf(wanted);
  const rollup = chooseRollup(needs);
  if (rollup === undefined)
    return {
      kind: 'raw',
      unit: 0,
      from: `FROM ${eventsTable}\nWHERE ${whereSql(wanted.range, wanted.condition, tenant, params)}`,
      part: (part) => partOfRows(part, params),
    };
  const isWhole = wanted.range.from % rollup.unit === 0 && wanted.range.to % rollup.unit === 0;
  return {
    kind: isWhole ? 'rollup' : 'mixed',
    unit: rollup.unit,
    from: `FROM ${rolledUp(rollup, needs, params.add('String', tenant), eventsTable)}\nWHERE ${conditionSql(wanted.condition, params)}`,
    part: (part) => partOfRollup(part, params),
  };
}

/** One tenant's rows in [from, to) that fulfil the condition. */
export const whereSql = (
  { from, to }: Pick<Range, 'from' | 'to'>,
  condition: Condition,
  tenant: string,
  params: Params,
): string =>
  `tenant = ${params.add('String', tenant)} AND time >= ${momentSql(from, params)} AND time < ${momentSql(to, params)} AND ${conditionSql(condition, params)}`;

function needsOf({ range, condition, by, parts }: Wanted): RollupNeeds {
  const wheres = parts.flatMap(({ where }) => where ?? []);
  const names = (kinds: readonly Part['kind'][]): string[] => [
    ...new Set(
      parts.flatMap((part) =>
        part.kind !== 'weight' && kinds.includes(part.kind) ? columnOf(part.field) : [],
      ),
    ),
  ];
  return {
    edges: [range.from, ...(range.edges?.slice(1, -1) ?? []), range.to],
    dimensions: [...new Set([...by.map(columnOf), ...[condition, ...wheres].flatMap(columnsOf)])],
    sums: names(['sum', 'known', 'min', 'max']),
    sketches: names(['quantile']),
    uniques: names(['unique']),
  };
}

const columnOf = (field: Field): string => ('column' in field.source ? field.source.column : 'attributes');

function columnsOf(condition: Condition): string[] {
  switch (condition.kind) {
    case 'all':
      return [];
    case 'and':
    case 'or':
      return condition.parts.flatMap(columnsOf);
    case 'not':
      return columnsOf(condition.part);
    case 'text':
      return condition.fields.map(columnOf);
    case 'test':
      return [columnOf(condition.field)];
  }
}

const levels = rollupLevels.join(', ');
/** All percentiles of a field are computed together, in rows as in rollups. */
const levelPlace = (level: number): number => (rollupLevels as readonly number[]).indexOf(level) + 1;

function partOfRows(part: Part, params: Params): string {
  const where = part.where === undefined ? [] : [conditionSql(part.where, params)];
  const over = (...conditions: string[]): string => [...conditions, ...where].join(' AND ');
  if (part.kind === 'weight') return where.length === 0 ? 'sum(weight)' : `sumIf(weight, ${over()})`;
  const value = numberSql(part.field, params);
  switch (part.kind) {
    case 'sum':
      return `ifNull(${where.length === 0 ? `sum(${value} * weight)` : `sumIf(${value} * weight, ${over()})`}, 0)`;
    case 'known':
      return `sumIf(weight, ${over(`isNotNull(${value})`)})`;
    case 'min':
    case 'max':
      return `${part.kind}If(${value}, ${over('weight > 0')})`;
    case 'quantile':
      return `quantilesDDIf(0.01, ${levels})(${value}, ${over('weight > 0')})[${levelPlace(part.level)}]`;
    case 'unique': {
      const text = valueSql(part.field, params);
      return `uniqCombined64If(${text}, ${over(`notEmpty(${text})`, 'weight > 0')})`;
    }
  }
}

function partOfRollup(part: Part, params: Params): string {
  const where = part.where === undefined ? undefined : conditionSql(part.where, params);
  if (part.kind === 'weight') return where === undefined ? 'sum(weight)' : `sumIf(weight, ${where})`;
  const name = columnOf(part.field);
  switch (part.kind) {
    case 'sum':
      return `ifNull(${merged.sum(name, where)}, 0)`;
    case 'quantile':
      return `${merged.quantiles(name, where)}[${levelPlace(part.level)}]`;
    default:
      return merged[part.kind](name, where);
  }
}
