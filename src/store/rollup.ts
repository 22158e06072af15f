/**
 * Rollups: aggregate projections of `events`. They lie inside the parts, so they cannot differ from the rows, and they
 * vanish with them. The engine uses one by itself when a query aggregates over its key with its expressions, and only
 * if time is bounded on its own key, not on `time`.
 *
 * `rolledUp` is a source that stands where `events` stands: its rows carry the dimensions under their own names, the
 * start of their unit as `time`, and `weight` summed, so that `sum(weight)` and `sumIf(weight, condition on
 * dimensions)` mean the same over both. The other figures are read with the expressions of `merged`. What lies before
 * the first whole unit and behind the last comes from the rows themselves in the same form.
 *
 * Percentiles are quantilesDD and uniques uniqCombined64, because their states merge without depending on order and
 * threads: a rollup and its rows give the same answer. Source: ClickHouse documentation, projections; measured.
 */
import type { ColumnName } from '../core/event.ts';

/** Columns whose sums, extremes and, in some rollups, percentiles are kept. */
export const rollupFields = ['duration', 'upstreamDuration', 'overhead', 'bytesIn', 'bytesOut'] as const;
export type RollupField = (typeof rollupFields)[number];
const durations: readonly RollupField[] = ['duration', 'upstreamDuration', 'overhead'];

export interface Rollup {
  readonly name: string;
  /** Microseconds: ranges and buckets that begin and end on whole units (UTC) can be served. */
  readonly unit: number;
  /** What can be grouped by and filtered on; `tenant` and time besides. */
  readonly dimensions: readonly ColumnName[];
  /** Fields with `sum`, `known`, `min` and `max`. */
  readonly sums: readonly RollupField[];
  /** Fields with percentiles. */
  readonly sketches: readonly RollupField[];
  /** Fields whose different values are counted. */
  readonly uniques: readonly ColumnName[];
}

const minute = 60e6;

/** The smallest first: the first one that serves a question serves it best. */
export const rollups: readonly Rollup[] = [
  {
    name: 'overview',
    unit: 5 * minute,
    dimensions: ['family', 'env', 'gateway', 'outcome'],
    sums: rollupFields,
    sketches: durations,
    uniques: ['consumer'],
  },
  {
    name: 'routes',
    unit: 60 * minute,
    dimensions: ['family', 'env', 'service', 'route', 'outcome'],
    sums: rollupFields,
    sketches: durations,
    uniques: [],
  },
  {
    name: 'consumers',
    unit: 15 * minute,
    dimensions: ['family', 'env', 'consumer', 'outcome'],
    sums: ['bytesIn', 'bytesOut'],
    sketches: [],
    uniques: [],
  },
  {
    name: 'breakdown',
    unit: 5 * minute,
    dimensions: ['family', 'env', 'gateway', 'service', 'route', 'status', 'outcome', 'denialReason'],
    sums: rollupFields,
    sketches: [],
    uniques: [],
  },
];

/** The levels that a percentile of a rollup can be asked for. */
export const rollupLevels = [0.5, 0.75, 0.9, 0.95, 0.99] as const;
const sketch = `quantilesDDStateIf(0.01, ${rollupLevels.join(', ')})`;

const unitStart = ({ unit }: Rollup): string =>
  ({
    [5 * minute]: 'toStartOfFiveMinutes(time)',
    [15 * minute]: 'toStartOfFifteenMinutes(time)',
    [60 * minute]: 'toStartOfHour(time)',
  })[unit] as string;

/** Name in the rollup's rows → the aggregate over rows of `events` behind it. */
function figures(rollup: Rollup): ReadonlyMap<string, string> {
  return new Map([
    ['weight', 'sum(weight)'],
    ...rollup.sums.flatMap((field): [string, string][] => [
      [`${field}_sum`, `sum(${field} * weight)`],
      [`${field}_known`, `sumIf(weight, isNotNull(${field}))`],
      [`${field}_min`, `minIf(${field}, weight > 0)`],
      [`${field}_max`, `maxIf(${field}, weight > 0)`],
    ]),
    ...rollup.sketches.map((field): [string, string] => [
      `${field}_sketch`,
      `${sketch}(${field}, weight > 0)`,
    ]),
    ...rollup.uniques.map((field): [string, string] => [
      `${field}_unique`,
      `uniqCombined64StateIf(${field}, notEmpty(${field}) AND weight > 0)`,
    ]),
  ]);
}

/** The lines of the table's statement. */
export const projections: readonly string[] = rollups.map((rollup) => {
  const keys = ['tenant', unitStart(rollup), ...rollup.dimensions].join(', ');
  return `PROJECTION ${rollup.name} (SELECT ${keys}, ${[...figures(rollup).values()].join(', ')} GROUP BY ${keys})`;
});

/** What a question needs of a rollup. */
export interface RollupNeeds {
  /** Microseconds: where the range and each of its buckets begin and end. */
  readonly edges: readonly number[];
  /** Columns grouped by or spoken of by any condition, `tenant` and `time` left out. */
  readonly dimensions: readonly string[];
  /** Fields with sum, known, min or max; with percentiles; with uniques. */
  readonly sums: readonly string[];
  readonly sketches: readonly string[];
  readonly uniques: readonly string[];
}

/**
 * The rollup that serves a question, or undefined when only the rows do. The first and the last edge may lie within a
 * unit: the rows serve what is outside whole units. The edges between must begin units, and a whole unit must be in
 * the range.
 */
export function chooseRollup(needs: RollupNeeds): Rollup | undefined {
  const within = (wanted: readonly string[], had: readonly string[]): boolean =>
    wanted.every((name) => had.includes(name));
  return rollups.find((rollup) => {
    const whole = wholeUnits(rollup, needs.edges[0] as number, needs.edges.at(-1) as number);
    return (
      whole !== undefined &&
      needs.edges.slice(1, -1).every((edge) => edge % rollup.unit === 0) &&
      within(needs.dimensions, rollup.dimensions) &&
      within(needs.sums, rollup.sums) &&
      within(needs.sketches, rollup.sketches) &&
      within(needs.uniques, rollup.uniques)
    );
  });
}

/** The whole units between two times, or undefined when there is none. */
function wholeUnits({ unit }: Rollup, from: number, to: number): { first: number; end: number } | undefined {
  const first = Math.ceil(from / unit) * unit;
  const end = Math.floor(to / unit) * unit;
  return first < end ? { first, end } : undefined;
}

/**
 * SQL in parentheses, to stand after FROM. `tenant` is SQL (a parameter); the times are microseconds; what is read is
 * one tenant's events in [from, to). Conditions and groups outside may name the needed dimensions and `time`.
 */
export function rolledUp(rollup: Rollup, needs: RollupNeeds, tenant: string, table: string): string {
  const from = needs.edges[0] as number;
  const to = needs.edges.at(-1) as number;
  const whole = wholeUnits(rollup, from, to);
  if (whole === undefined) throw new Error('A rollup was chosen for a range without a whole unit.');
  const start = unitStart(rollup);
  const keys = needs.dimensions.map((name) => `, ${name}`).join('');
  const wanted = new Set([
    'weight',
    ...needs.sums.flatMap((name) => ['sum', 'known', 'min', 'max'].map((figure) => `${name}_${figure}`)),
    ...needs.sketches.map((name) => `${name}_sketch`),
    ...needs.uniques.map((name) => `${name}_unique`),
  ]);
  const aggregates = [...figures(rollup)].filter(([name]) => wanted.has(name));
  const select = (source: string): string =>
    `SELECT ${start} AS unit${keys}${aggregates.map(([name, sql]) => `, ${sql} AS agg_${name}`).join('')}
  FROM ${source} GROUP BY unit${keys}`;
  const edges = [
    [from, whole.first],
    [whole.end, to],
  ]
    .filter(([after = 0, before = 0]) => after < before)
    .map(([after = 0, before = 0]) => `(time >= ${moment(after)} AND time < ${moment(before)})`);
  const columns = new Set([
    'time',
    'weight',
    ...needs.dimensions,
    ...needs.sums,
    ...needs.sketches,
    ...needs.uniques,
  ]);
  const parts = [
    select(
      `${table} WHERE tenant = ${tenant} AND ${start} >= ${second(whole.first)} AND ${start} < ${second(whole.end)}`,
    ),
    // The limit limits nothing. It keeps the engine from weighing up its projections for rows that none of them has,
    // which would take longer than reading the rows.
    ...(edges.length === 0
      ? []
      : [
          select(
            `(SELECT ${[...columns].join(', ')} FROM ${table} WHERE tenant = ${tenant} AND (${edges.join(' OR ')}) LIMIT ${everything})`,
          ),
        ]),
  ];
  return `(SELECT unit AS time${keys}${aggregates.map(([name]) => `, agg_${name} AS ${name}`).join('')} FROM (
  ${parts.join('\n  UNION ALL\n  ')}))`;
}

/** The largest limit there is. */
const everything = '18446744073709551615';
const moment = (micros: number): string => `fromUnixTimestamp64Micro(${micros}, 'UTC')`;
const second = (micros: number): string => `toDateTime(${micros / 1e6}, 'UTC')`;

/** The figures of a question read from {@link rolledUp}; `condition` speaks of dimensions. */
export const merged = {
  sum: (field: string, condition = '1'): string => `sumIf(${field}_sum, ${condition})`,
  known: (field: string, condition = '1'): string => `sumIf(${field}_known, ${condition})`,
  min: (field: string, condition = '1'): string => `minIf(${field}_min, ${condition})`,
  max: (field: string, condition = '1'): string => `maxIf(${field}_max, ${condition})`,
  /** All of {@link rollupLevels}, in their order. */
  quantiles: (field: string, condition = '1'): string =>
    `quantilesDDMergeIf(0.01, ${rollupLevels.join(', ')})(${field}_sketch, ${condition})`,
  unique: (field: string, condition = '1'): string => `uniqCombined64MergeIf(${field}_unique, ${condition})`,
};
