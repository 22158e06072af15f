/**
 * A timeline is what a chart draws: buckets and series over them. Made from a frame with a granularity; drawn as
 * stacked bars or lines. Gaps are gaps, a bucket that is not over is hatched, the previous period is grey and dashed.
 */
import type { Frame } from '../../src/core/frame.ts';
import { isOutcome, outcomeMeaning } from './colours.ts';

export type Cells = readonly (number | null)[];

export interface Series {
  readonly name: string;
  readonly label: string;
  /** Custom property of its colour. */
  readonly colour: string;
  readonly hollow?: boolean;
  readonly dashed?: boolean;
  readonly values: Cells;
  /** The filter that makes it, for its link. */
  readonly filter?: string;
}

export interface Timeline {
  /** Starts of the buckets, milliseconds since 1970, rising. */
  readonly times: readonly number[];
  /** Milliseconds; the last bucket ends one step after its start. */
  readonly step: number;
  /** Indexes of buckets that are not over yet. */
  readonly incomplete: ReadonlySet<number>;
  readonly series: readonly Series[];
  readonly unit: string | undefined;
}

type Body = Pick<Frame, 'columns' | 'rows' | 'totals' | 'meta'>;

const indexOf = (frame: Body, name: string): number =>
  frame.columns.findIndex((column) => column.name === name);

/** The values of a column in the order of the rows; empty when there is no such column. */
export function valuesOf(frame: Body, name: string): (number | null)[] {
  const index = indexOf(frame, name);
  return index < 0 ? [] : frame.rows.map((row) => (typeof row[index] === 'number' ? row[index] : null));
}

/** The total of a measure; null when it is over nothing. `totals` holds the measures, or a cell for every column. */
export function totalOf(frame: Body | null | undefined, name: string): number | null {
  if (frame === null || frame === undefined) return null;
  const whole = frame.totals.length === frame.columns.length;
  const measures = whole ? frame.columns : frame.columns.filter((column) => column.role === 'measure');
  const value = frame.totals[measures.findIndex((column) => column.name === name)];
  return typeof value === 'number' ? value : null;
}

export const unitOf = (frame: Body, name: string): string | undefined =>
  frame.columns[indexOf(frame, name)]?.unit;

/** The buckets of a frame with a granularity. */
export function bucketsOf(frame: Body): Pick<Timeline, 'times' | 'step' | 'incomplete'> {
  const index = frame.columns.findIndex((column) => column.role === 'time');
  const times = [...new Set(frame.rows.map((row) => Date.parse(String(row[index]))))].sort((a, b) => a - b);
  const unfinished = new Set(frame.meta.incomplete.map((start) => Date.parse(start)));
  const end = Date.parse(frame.meta.to);
  const step =
    times.length > 1
      ? (times[1] as number) - (times[0] as number)
      : Math.max(end - (times[0] ?? end), 60_000);
  return {
    times,
    step,
    incomplete: new Set(times.flatMap((time, bucket) => (unfinished.has(time) ? [bucket] : []))),
  };
}

/** Counts by outcome, in the order of stacking; outcomes that never occur are left out. */
export function outcomeTimeline(frame: Frame, measure: string): Timeline {
  const buckets = bucketsOf(frame);
  const place = new Map(buckets.times.map((time, bucket) => [time, bucket]));
  const [time, outcome, value] = [
    frame.columns.findIndex((column) => column.role === 'time'),
    indexOf(frame, 'outcome'),
    indexOf(frame, measure),
  ];
  const cells = new Map<string, number[]>();
  for (const row of frame.rows) {
    const name = isOutcome(row[outcome]) ? row[outcome] : 'unknown';
    const values = cells.get(name) ?? buckets.times.map(() => 0);
    cells.set(name, values);
    const bucket = place.get(Date.parse(String(row[time]))) as number;
    values[bucket] = (values[bucket] ?? 0) + Number(row[value] ?? 0);
  }
  const series = Object.entries(outcomeMeaning).flatMap(([name, meaning]) => {
    const values = cells.get(name);
    return values?.some((count) => count !== 0)
      ? [{ name, ...meaning, values, filter: `outcome:${name}` }]
      : [];
  });
  return { ...buckets, series, unit: unitOf(frame, measure) };
}

/** One line a measure, and one grey and dashed for the last measure of the previous period. */
export function measureTimeline(
  frame: Frame,
  lines: readonly Pick<Series, 'name' | 'label' | 'colour'>[],
): Timeline {
  const series: Series[] = lines.map((line) => ({ ...line, values: valuesOf(frame, line.name) }));
  const compared = lines[Math.min(1, lines.length - 1)];
  if (frame.previous !== null && compared !== undefined) {
    series.push({
      name: 'previous',
      label: `Previous ${compared.label}`,
      colour: '--previous',
      dashed: true,
      values: valuesOf(frame.previous, compared.name),
    });
  }
  return { ...bucketsOf(frame), series, unit: unitOf(frame, lines[0]?.name ?? '') };
}

/** The sum of each bucket of the previous period, to be drawn over the stack of this one. */
export function previousTotal(frame: Frame, measure: string, buckets: number): Series | undefined {
  if (frame.previous === null) return undefined;
  const before = bucketsOf(frame.previous);
  const place = new Map(before.times.map((time, bucket) => [time, bucket]));
  const time = frame.previous.columns.findIndex((column) => column.role === 'time');
  const value = indexOf(frame.previous, measure);
  const values: number[] = Array.from({ length: buckets }, () => 0);
  for (const row of frame.previous.rows) {
    const bucket = place.get(Date.parse(String(row[time]))) ?? buckets;
    if (bucket < buckets) values[bucket] = (values[bucket] ?? 0) + Number(row[value] ?? 0);
  }
  return { name: 'previous', label: 'Previous period', colour: '--previous', dashed: true, values };
}

/** Counts by outcome, with the sum of the previous period over them when there is one. */
export function outcomesOverTime(frame: Frame, measure: string): Timeline {
  const timeline = outcomeTimeline(frame, measure);
  const before = previousTotal(frame, measure, timeline.times.length);
  return before === undefined ? timeline : { ...timeline, series: [...timeline.series, before] };
}
