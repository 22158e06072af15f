import { describe, expect, it } from 'vitest';
import type { Frame } from '../../src/core/frame.ts';
import { chartOption, summarise } from './options.ts';
import { measureTimeline, outcomeTimeline, previousTotal, totalOf } from './timeline.ts';

const [first, second] = ['2026-11-21T12:00:00.000Z', '2026-11-21T12:01:00.000Z'];
const meta = {
  from: first,
  to: '2026-11-21T12:02:00.000Z',
  timezone: 'UTC',
  took: 3,
  source: 'raw' as const,
  incomplete: [second],
};

const byOutcome: Frame = {
  columns: [
    { name: 'time', type: 'time', role: 'time' },
    { name: 'outcome', type: 'string', role: 'dimension' },
    { name: 'requests', type: 'integer', role: 'measure', unit: '{event}' },
  ],
  rows: [
    [first, 'failure', 2],
    [first, 'success', 10],
    [second, 'success', 4],
    [second, 'denied', 0],
  ],
  others: null,
  totals: [null, null, 16],
  meta,
  previous: null,
};

const latency: Frame = {
  columns: [
    { name: 'time', type: 'time', role: 'time' },
    { name: 'duration.p50', type: 'number', role: 'measure', unit: 'us' },
    { name: 'duration.p95', type: 'number', role: 'measure', unit: 'us' },
  ],
  rows: [
    [first, 80_000, 300_000],
    [second, null, null],
  ],
  others: null,
  totals: [null, 80_000, 300_000],
  meta,
  previous: null,
};
const lines = [
  { name: 'duration.p50', label: 'p50', colour: '--p50' },
  { name: 'duration.p95', label: 'p95', colour: '--p95' },
];
const draw = { zone: 'UTC', colour: (property: string) => property };

describe('a timeline of a frame', () => {
  it('stacks outcomes from success up to failure and leaves out what never occurs', () => {
    const timeline = outcomeTimeline(byOutcome, 'requests');
    expect(timeline.series.map(({ name, values }) => [name, values])).toEqual([
      ['success', [10, 4]],
      ['failure', [2, 0]],
    ]);
    expect(timeline.step).toBe(60_000);
    expect([...timeline.incomplete]).toEqual([1]);
  });

  it('links each outcome to its events', () => {
    expect(outcomeTimeline(byOutcome, 'requests').series[1]?.filter).toBe('outcome:failure');
  });

  it('keeps a gap a gap', () => {
    const timeline = measureTimeline(latency, lines);
    expect(timeline.series[0]?.values).toEqual([80_000, null]);
    const option = chartOption({ ...draw, timeline, shape: 'lines' });
    expect(option.series[0]).toMatchObject({ connectNulls: false, data: [80_000, null] });
  });

  it('puts the previous period over this one bucket by bucket, grey and dashed', () => {
    const { previous: _, ...before } = byOutcome;
    const frame: Frame = { ...byOutcome, previous: before };
    expect(previousTotal(frame, 'requests', 2)).toMatchObject({ dashed: true, values: [12, 4] });
    expect(previousTotal(byOutcome, 'requests', 2)).toBeUndefined();
  });

  it('finds totals by the name of the measure', () => {
    expect(totalOf(latency, 'duration.p95')).toBe(300_000);
    expect(totalOf(latency, 'nothing')).toBeNull();
    expect(totalOf(null, 'requests')).toBeNull();
  });

  it('is zero-based, and hatches the bucket that is not over', () => {
    const option = chartOption({ ...draw, timeline: outcomeTimeline(byOutcome, 'requests'), shape: 'bars' });
    expect(option.yAxis).toMatchObject({ type: 'value', min: 0 });
    const [whole, unfinished] = (option.series[0] as { data: unknown[] }).data;
    expect(whole).toBe(10);
    expect(unfinished).toMatchObject({ value: 4, itemStyle: { decal: { symbol: 'rect' } } });
  });

  it('says in a sentence what it shows', () => {
    expect(summarise('Latency', measureTimeline(latency, lines))).toBe(
      'Latency, 2 buckets. p50 between 80 ms and 80 ms; p95 between 300 ms and 300 ms.',
    );
  });
});
