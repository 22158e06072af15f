import { describe, expect, it } from 'vitest';
import { automatic, bucketEdges, evenLength } from './buckets.ts';
import { microsText, momentText, parseMoment } from './time.ts';
import { openZone, type Zone } from './zone.ts';

const now = Date.UTC(2026, 2, 29, 10, 30) * 1000;
const moment = (text: string | number, timezone = 'UTC'): string => {
  const parsed = parseMoment(text, { now, timezone });
  return parsed.ok ? momentText(parsed.value) : parsed.error;
};
const zone = (name: string): Zone => openZone(name) as Zone;

describe('a moment', () => {
  it.each([
    ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31T12:00:00.123456+01:00', '2026-01-31T11:00:00.123456Z'],
    ['2026-01-31T12:00Z', '2026-01-31T12:00:00.000Z'],
    [1_700_000_000_123, '2023-11-14T22:13:20.123Z'],
    ['1700000000123', '2023-11-14T22:13:20.123Z'],
    ['now', '2026-03-29T10:30:00.000Z'],
    ['now-24h', '2026-03-28T10:30:00.000Z'],
    ['now-1d+30m', '2026-03-28T11:00:00.000Z'],
    ['now/d', '2026-03-29T00:00:00.000Z'],
    ['now/w', '2026-03-23T00:00:00.000Z'],
    ['now-1M/M', '2026-02-01T00:00:00.000Z'],
    ['2026-03-01', '2026-03-01T00:00:00.000Z'],
  ])('%s is understood', (text, wanted) => {
    expect(moment(text)).toBe(wanted);
  });

  it('goes by the wall clock of the zone for days and longer', () => {
    expect(moment('now-1d', 'Europe/Amsterdam')).toBe('2026-03-28T11:30:00.000Z');
    expect(moment('now/d', 'Europe/Amsterdam')).toBe('2026-03-28T23:00:00.000Z');
    expect(moment('now+1d/d', 'Europe/Amsterdam')).toBe('2026-03-29T22:00:00.000Z');
    expect(moment('2026-07-01', 'America/New_York')).toBe('2026-07-01T04:00:00.000Z');
  });

  it.each([
    '',
    'yesterday',
    '2026-02-30',
    '2026-02-30T00:00:00Z',
    '2026-01-01T25:00:00Z',
    '2026-01-01T00:00:00',
    'now-1y',
    Number.NaN,
    -1,
    '99999999999999999',
  ])('%s is refused', (text) => {
    expect(parseMoment(text, { now, timezone: 'UTC' }).ok).toBe(false);
  });

  it('is written with six digits for events', () => {
    expect(microsText(1_700_000_000_123_004)).toBe('2023-11-14T22:13:20.123004Z');
  });
});

describe('buckets', () => {
  const starts = (
    from: string,
    to: string,
    length: Parameters<typeof bucketEdges>[2],
    name: string,
  ): string[] =>
    (bucketEdges(Date.parse(from) * 1000, Date.parse(to) * 1000, length, zone(name)) ?? []).map(momentText);

  it('are 25 hours where the clocks go back, with both of the hours that look alike', () => {
    const edges = starts(
      '2026-10-25T00:00:00+02:00',
      '2026-10-26T00:00:00+01:00',
      'hour',
      'Europe/Amsterdam',
    );
    expect(edges.length).toBe(26);
    expect(
      starts('2026-10-25T00:00:00+02:00', '2026-10-26T00:00:00+01:00', 'day', 'Europe/Amsterdam'),
    ).toEqual(['2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z']);
  });

  it('begin a day that has no midnight when it begins', () => {
    expect(starts('2024-09-08T06:00:00Z', '2024-09-08T07:00:00Z', 'day', 'America/Santiago')).toEqual([
      '2024-09-08T04:00:00.000Z',
      '2024-09-09T03:00:00.000Z',
    ]);
  });

  it('begin a day that has midnight twice at the first', () => {
    expect(starts('2026-11-01T12:00:00Z', '2026-11-01T13:00:00Z', 'day', 'America/Havana')).toEqual([
      '2026-11-01T04:00:00.000Z',
      '2026-11-02T05:00:00.000Z',
    ]);
  });

  it('stand on the full hour of zones that are half an hour beside', () => {
    expect(starts('2026-01-01T00:10:00Z', '2026-01-01T01:00:00Z', 'hour', 'Asia/Kolkata')).toEqual([
      '2025-12-31T23:30:00.000Z',
      '2026-01-01T00:30:00.000Z',
      '2026-01-01T01:30:00.000Z',
    ]);
  });

  it('go on over a change of clocks by half an hour', () => {
    const [from, to] = [Date.UTC(2026, 3, 4, 12) * 1000, Date.UTC(2026, 3, 4, 20) * 1000];
    const edges = bucketEdges(from, to, 'hour', zone('Australia/Lord_Howe')) ?? [];
    expect(edges.every((edge, index) => index === 0 || edge > (edges[index - 1] as number))).toBe(true);
    expect(evenLength(edges)).toBeUndefined();
    expect(evenLength(edges.slice(0, 3))).toBe(3600e6);
  });

  it('of weeks begin on Monday, of months on the first', () => {
    expect(starts('2026-03-04T00:00:00Z', '2026-03-05T00:00:00Z', 'week', 'UTC')[0]).toBe(
      '2026-03-02T00:00:00.000Z',
    );
    expect(starts('2026-01-31T00:00:00Z', '2026-03-02T00:00:00Z', 'month', 'UTC')).toEqual([
      '2026-01-01T00:00:00.000Z',
      '2026-02-01T00:00:00.000Z',
      '2026-03-01T00:00:00.000Z',
      '2026-04-01T00:00:00.000Z',
    ]);
  });

  it('are as long as fits a chart when nobody says', () => {
    expect(automatic(0, 3600e6)).toBe('minute');
    expect(automatic(0, 24 * 3600e6)).toBe('15 minutes');
    expect(automatic(0, 400 * 86_400e6)).toBe('week');
  });
});
