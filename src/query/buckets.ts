/**
 * Time buckets in a named zone. The starts are computed here and handed to the engine, so that the empty buckets that
 * are filled in and the ones that have events cannot disagree, whatever the clocks of the zone do.
 */
import { type Granularity, mostBuckets } from '../core/query.ts';
import { floorTo, shift, type TimeUnit } from './time.ts';
import type { Zone } from './zone.ts';

export type BucketLength = Exclude<Granularity, 'auto'>;

/** Changes of clocks that one bucket may see. */
const mostTries = 4;
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

/**
 * Microseconds: the start of every bucket that touches [from, to), in order, and then the end of the last; one bucket
 * where the range is empty. Undefined when there would be more than `most`.
 */
export function bucketEdges(
  from: number,
  to: number,
  length: BucketLength,
  zone: Zone,
  most: number = mostBuckets,
): number[] | undefined {
  const edges: number[] = [];
  for (let start = startOf(from, length, zone); ; ) {
    const next = following(start, length, zone);
    // A day whose end the clocks pass twice has ended at the first time.
    if (next > from) edges.push(start);
    if (edges.length > most) return undefined;
    if (next >= to && next > from) return [...edges, next];
    start = next;
  }
}

/** Whether a bucket begins at that moment. */
export const isEdge = (micros: number, length: BucketLength, zone: Zone): boolean =>
  startOf(micros, length, zone) === micros;

function startOf(micros: number, length: BucketLength, zone: Zone): number {
  const unit = calendar[length];
  if (unit !== undefined) return floorTo(micros, unit, zone);
  const step = approximate[length];
  let start = micros - past(micros, step, zone);
  // Clocks changed in between: on from the last start before the change.
  for (let tries = 0; tries < mostTries && past(start, step, zone) !== 0; tries++)
    start -= past(start, step, zone);
  for (let tries = 0; tries < mostTries; tries++) {
    const next = following(start, length, zone);
    if (next > micros) break;
    start = next;
  }
  return start;
}

/**
 * The next moment at which the wall shows a multiple of the length, always later than `start`: where clocks change by
 * less, a bucket is shorter or longer than the others.
 */
function following(start: number, length: BucketLength, zone: Zone): number {
  const unit = calendar[length];
  if (unit !== undefined) {
    const next = floorTo(shift(start, 1, unit, zone), unit, zone);
    return next > start ? next : start + approximate[length];
  }
  const step = approximate[length];
  let next = start + step;
  for (let tries = 0; tries < mostTries; tries++) {
    const over = past(next, step, zone);
    if (over === 0) break;
    const earlier = next - over;
    if (earlier > start && past(earlier, step, zone) === 0) return earlier;
    next += step - over;
  }
  return next;
}

/** Microseconds since the wall showed a multiple of `step`, as if no clocks had changed. */
function past(micros: number, step: number, zone: Zone): number {
  const local = micros + zone.offsetAt(Math.floor(micros / 1000)) * 1000;
  return ((local % step) + step) % step;
}

/** The one length of all buckets in microseconds, or undefined when they differ. */
export function evenLength(edges: readonly number[]): number | undefined {
  const first = (edges[1] as number) - (edges[0] as number);
  return edges.every((edge, index) => index === 0 || edge - (edges[index - 1] as number) === first)
    ? first
    : undefined;
}
