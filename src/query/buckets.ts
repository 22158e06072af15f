/**
 * Time buckets in a named zone. The starts are computed here and handed to the engine, so that the empty buckets that
 * are filled in and the ones that have events cannot disagree, whatever the clocks of the zone do.
 */
import type { Granularity } from '../core/query.ts';
import { floorTo, shift, type TimeUnit } from './time.ts';
import type { Zone } from './zone.ts';

export type BucketLength = Exclude<Granularity, 'auto'>;

const minutes: Readonly<Record<string, number>> = { minute: 1, '5 minutes': 5, '15 minutes': 15, hour: 60 };
const calendar: Readonly<Record<string, TimeUnit>> = { day: 'd', week: 'w', month: 'M' };
const approximate: Readonly<Record<BucketLength, number>> = {
  minute: 60e6,
  '5 minutes': 300e6,
  '15 minutes': 900e6,
  hour: 3600e6,
  day: 86_400e6,
  week: 604_800e6,
  month: 30 * 86_400e6,
};

/** The finest length that gives at most 150 buckets, which is what fits a chart; else the coarsest. */
export function automatic(from: number, to: number): BucketLength {
  const lengths = Object.keys(approximate) as BucketLength[];
  return lengths.find((length) => (to - from) / approximate[length] <= 150) ?? 'month';
}

/** About how many buckets there will be: enough to refuse too many before they are made. */
export const roughCount = (from: number, to: number, length: BucketLength): number =>
  Math.ceil((to - from) / approximate[length]);

/** Microseconds: the start of every bucket that touches [from, to), in order, and then the end of the last. */
export function bucketEdges(from: number, to: number, length: BucketLength, zone: Zone): number[] {
  const edges = [startOf(from, length, zone)];
  do edges.push(following(edges.at(-1) as number, length, zone));
  while ((edges.at(-1) as number) < to);
  return edges;
}

/** Whether a bucket begins at that moment. */
export const isEdge = (micros: number, length: BucketLength, zone: Zone): boolean =>
  startOf(micros, length, zone) === micros;

function startOf(micros: number, length: BucketLength, zone: Zone): number {
  const unit = calendar[length];
  if (unit !== undefined) return floorTo(micros, unit, zone);
  // Back to the last moment at which the wall showed a full hour, as `following` goes on to the next one.
  let start = floorTo(micros, 'm', zone);
  if (length === 'hour') start -= 60e6 * minutesPast(start, '15 minutes', zone);
  while (minutesPast(start, length, zone) !== 0) start -= length === 'hour' ? 900e6 : 60e6;
  return start;
}

function following(start: number, length: BucketLength, zone: Zone): number {
  const unit = calendar[length];
  if (unit !== undefined) return floorTo(shift(start, 1, unit, zone), unit, zone);
  // Where clocks change by less than an hour, the hour goes on until the wall shows a full one again.
  let next = start + approximate[length];
  while (minutesPast(next, length, zone) !== 0) next += 900e6;
  return next;
}

function minutesPast(micros: number, length: BucketLength, zone: Zone): number {
  const instant = Math.floor(micros / 1000);
  const minute = Math.floor((instant + zone.offsetAt(instant)) / 60_000);
  return minute % (minutes[length] as number);
}

/** The one length of all buckets in microseconds, or undefined when they differ. */
export function evenLength(edges: readonly number[]): number | undefined {
  const first = (edges[1] as number) - (edges[0] as number);
  return edges.every((edge, index) => index === 0 || edge - (edges[index - 1] as number) === first)
    ? first
    : undefined;
}
