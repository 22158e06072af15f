/** From the rows of `compileAnswer` to a frame: groups in their order, empty buckets filled, measures combined. */
import type { Cell, Frame, FrameColumn } from '../core/frame.ts';
import type { Field } from '../query/fields.ts';
import { combineParts, emptyPart, type Measure } from '../query/measures.ts';
import type { Ask, Range } from '../query/resolve.ts';
import { momentText } from '../query/time.ts';
import { type GroupKey, missingNumber } from './compile.ts';

export type FrameBody = Omit<Frame, 'previous'>;
export type AnswerRow = readonly (string | number | null)[];

type Parts = readonly (number | null)[];

export interface Assembly {
  readonly ask: Ask;
  readonly range: Range;
  /** Top groups, highest first; `more` when there are others. */
  readonly groups: readonly GroupKey[];
  readonly more: boolean;
  readonly rows: readonly AnswerRow[];
  readonly source: FrameBody['meta']['source'];
  /** Microseconds. */
  readonly now: number;
  /** Milliseconds. */
  readonly took: number;
}

const othersKey = '\0others';
const keyOf = (group: readonly unknown[]): string => JSON.stringify(group);

export function assembleFrame({ ask, range, groups, more, rows, source, now, took }: Assembly): FrameBody {
  const { edges } = range;
  const parted = ask.by.length > 0;
  const empty: Parts = ask.measures.flatMap((measure) => measure.parts.map(emptyPart));
  const found = new Map<string, Parts>();
  let overall = empty;
  for (const [isOverall, ...cells] of rows) {
    const keys = (edges === undefined ? 0 : 1) + (parted ? 1 + ask.by.length : 0);
    const parts = cells.slice(cells.length - empty.length) as Parts;
    const [bucket, isTop, group] =
      edges === undefined
        ? [0, cells[0], cells.slice(1, keys)]
        : [cells[0] as number, cells[1], cells.slice(2, keys)];
    if (isOverall === 1) overall = parts;
    else found.set(`${bucket} ${!parted ? keyOf([]) : isTop === 1 ? keyOf(group) : othersKey}`, parts);
  }

  const starts = edges === undefined ? [undefined] : edges.slice(0, -1);
  const cellsOf = (
    start: number | undefined,
    group: readonly Cell[],
    parts: Parts,
    seconds: number,
  ): Cell[] => [
    ...(edges === undefined ? [] : [start === undefined ? null : momentText(start)]),
    ...group,
    ...combineAll(ask.measures, parts, seconds),
  ];
  const span = (from: number, to: number): number =>
    Math.max(0, Math.min(to, range.to, now) - Math.max(from, range.from)) / 1e6;
  const secondsOf = (index: number): number =>
    edges === undefined
      ? span(range.from, range.to)
      : span(edges[index] as number, edges[index + 1] as number);
  const rowsOf = (key: string, group: readonly Cell[]) => (start: number | undefined, index: number) =>
    cellsOf(
      start,
      group,
      found.get(`${start === undefined ? 0 : start / 1e6} ${key}`) ?? empty,
      secondsOf(index),
    );

  const nothing = ask.by.map(() => null);
  const shown = parted ? groups : [[]];
  // Without buckets and groups the one row is the total.
  if (edges === undefined && !parted) found.set(`0 ${keyOf([])}`, overall);
  return {
    columns: columnsOf(ask, edges !== undefined),
    rows: starts.flatMap((start, index) =>
      shown.map((group) => rowsOf(keyOf(group), labels(ask.by, group))(start, index)),
    ),
    others: ask.others && more ? starts.map(rowsOf(othersKey, nothing)) : null,
    totals: cellsOf(undefined, nothing, overall, span(range.from, range.to)),
    meta: {
      from: momentText(range.from),
      to: momentText(range.to),
      timezone: ask.zone.name,
      took,
      source,
      incomplete: (edges ?? [])
        .slice(0, -1)
        .filter((_, index) => (edges?.[index + 1] as number) > now)
        .map(momentText),
    },
  };
}

function combineAll(measures: readonly Measure[], parts: Parts, seconds: number): Cell[] {
  let at = 0;
  return measures.map((measure) => {
    const own = parts.slice(at, at + measure.parts.length);
    at += measure.parts.length;
    return combineParts(measure, own, seconds);
  });
}

const typeOf = (field: Field): FrameColumn['type'] => {
  if (!('column' in field.source)) return 'string';
  return field.kind === 'integer' ? 'integer' : field.kind === 'flag' ? 'boolean' : 'string';
};

const labels = (by: readonly Field[], group: GroupKey): Cell[] =>
  by.map((field, index) => {
    const value = group[index] as string | number;
    if (value === '' || value === missingNumber) return null;
    return typeOf(field) === 'boolean' ? value === 1 : value;
  });

const columnsOf = (ask: Ask, timed: boolean): FrameColumn[] => [
  ...(timed ? [{ name: 'time', type: 'time', role: 'time' } as const] : []),
  ...ask.by.map((field) => ({
    name: field.name,
    type: typeOf(field),
    role: 'dimension' as const,
    ...(field.unit === undefined ? {} : { unit: field.unit }),
  })),
  ...ask.measures.map(({ name, type, unit }) => ({
    name,
    type,
    role: 'measure' as const,
    ...(unit === undefined ? {} : { unit }),
  })),
];
