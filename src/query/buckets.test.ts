/**
 * Buckets around every change of clocks that the platform knows: whatever a zone did, the buckets end, follow each
 * other without a gap, cover the range and are no more than may be.
 */
import { describe, expect, it } from 'vitest';
import { mostBuckets } from '../core/query.ts';
import { type BucketLength, bucketEdges, isEdge } from './buckets.ts';
import { floorTo, shift, type TimeUnit } from './time.ts';
import { openZone, type Zone } from './zone.ts';

const lengths: readonly BucketLength[] = [
  'minute',
  '5 minutes',
  '15 minutes',
  'hour',
  'day',
  'week',
  'month',
];
const span: Readonly<Record<BucketLength, number>> = {
  minute: 60e6,
  '5 minutes': 300e6,
  '15 minutes': 900e6,
  hour: 3600e6,
  day: 86_400e6,
  week: 604_800e6,
  month: 31 * 86_400e6,
};
const units: readonly TimeUnit[] = ['s', 'm', 'h', 'd', 'w', 'M'];
const dayMs = 86_400_000;
const zones = ['UTC', ...Intl.supportedValuesOf('timeZone')].map((name) => openZone(name) as Zone);

/** Changes of the zone between 1850 and 2100 (ms): all that are no whole hour, and one in six of the others. */
function changesOf(zone: Zone): number[] {
  const changes: number[] = [];
  let whole = 0;
  for (let at = Date.UTC(1850, 0, 1); at < Date.UTC(2100, 0, 1); at += 45 * dayMs) {
    let [low, high] = [at, at + 45 * dayMs];
    const before = zone.offsetAt(low);
    const moved = zone.offsetAt(high) - before;
    if (moved === 0 || (moved % 3_600_000 === 0 && whole++ % 6 !== 0)) continue;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (zone.offsetAt(middle) === before) low = middle;
      else high = middle;
    }
    changes.push(high);
  }
  return changes;
}

/** What is wrong with the buckets of a range; undefined when nothing is. */
function faultOf(from: number, to: number, length: BucketLength, zone: Zone): string | undefined {
  const edges = bucketEdges(from, to, length, zone);
  const place = `${zone.name}, ${length}, ${from} to ${to}`;
  const least = (to - from) / (2 * span[length]);
  if (edges === undefined) return least > mostBuckets / 2 ? undefined : `${place}: none`;
  if (edges.length < 2 || edges.length - 1 > mostBuckets) return `${place}: ${edges.length} edges`;
  if ((edges[0] as number) > from || (edges.at(-1) as number) < to) return `${place}: does not cover`;
  if ((edges[1] as number) <= from) return `${place}: begins with a bucket beside the range`;
  if (to > from && (edges.at(-2) as number) >= to) return `${place}: ends with a bucket beside the range`;
  for (let index = 1; index < edges.length; index++) {
    const wide = (edges[index] as number) - (edges[index - 1] as number);
    // A day that is skipped, or that comes twice, makes the longest.
    if (!(wide > 0 && wide <= span[length] + 2 * 86_400e6)) return `${place}: a bucket of ${wide}`;
  }
  return undefined;
}

describe('buckets in every zone of the platform', () => {
  it('are whole around every change of clocks', { timeout: 120_000 }, () => {
    const faults = zones.flatMap((zone) =>
      changesOf(zone).flatMap((change) =>
        lengths.flatMap((length) => {
          const [from, to] = [change * 1000 - 1.7 * span[length], change * 1000 + 1.3 * span[length]];
          const ranges = [
            [from, to],
            [change * 1000, change * 1000 + 1],
            [change * 1000 - 1, change * 1000],
          ] as const;
          return ranges.flatMap((range) => faultOf(...range, length, zone) ?? []);
        }),
      ),
    );
    expect(faults.slice(0, 5)).toEqual([]);
  });

  it('are whole where clocks changed by an odd number of seconds', () => {
    const zone = openZone('Africa/Monrovia') as Zone;
    const [from, to] = [Date.UTC(1972, 0, 1) * 1000, Date.UTC(1972, 0, 20) * 1000];
    expect(faultOf(from, to, 'hour', zone)).toBeUndefined();
    expect(bucketEdges(from, to, 'hour', zone)?.length).toBe(19 * 24 + 1);
  });

  it('come to an end over ranges at the ends of time, empty ones and those that end before they begin', () => {
    const instants = ['0001-01-01', '0099-12-31', '1582-10-15', '1969-12-31', '2200-01-01', '9999-12-31'];
    const moments = instants.map((day) => Date.parse(`${day}T12:34:56.789Z`) * 1000);
    const faults = zones.flatMap((zone) =>
      lengths.flatMap((length) =>
        moments.flatMap((at) => [
          ...(faultOf(at, at + 5 * span[length], length, zone) ?? []),
          ...(faultOf(at, at, length, zone) ?? []),
          ...(faultOf(at, at - span[length], length, zone) ?? []),
        ]),
      ),
    );
    expect(faults.slice(0, 5)).toEqual([]);
    for (const length of lengths)
      expect(
        bucketEdges(moments[0] as number, moments[5] as number, length, zones[0] as Zone),
      ).toBeUndefined();
  });

  it('begin where a bucket begins', () => {
    const faults = zones.flatMap((zone) =>
      lengths.flatMap((length) => {
        const from = Date.UTC(2026, 2, 28, 13, 7) * 1000;
        const edges = bucketEdges(from, from + 3 * span[length], length, zone) ?? [];
        return edges.every((edge) => isEdge(edge, length, zone)) ? [] : [`${zone.name} ${length}`];
      }),
    );
    expect(faults).toEqual([]);
  });
});

describe('moving and rounding in every zone of the platform', () => {
  it('gives a moment, or none, however far it goes', () => {
    const amounts = [1, -1, 999_999_999, -999_999_999];
    const faults = zones.flatMap((zone) =>
      units.flatMap((unit) =>
        amounts.flatMap((amount) => {
          const moved = shift(Date.UTC(2026, 0, 1) * 1000, amount, unit, zone);
          const floored = floorTo(moved, unit, zone);
          return Number.isNaN(moved) || floored <= moved ? [] : [`${zone.name} ${amount}${unit}`];
        }),
      ),
    );
    expect(faults).toEqual([]);
  });
});
