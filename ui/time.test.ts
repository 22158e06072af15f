import { describe, expect, it } from 'vitest';
import {
  describeRange,
  formatBucket,
  formatTime,
  parseWallTime,
  readBound,
  resolveTime,
  stepRange,
  zoneLabel,
} from './time.ts';

const now = Date.parse('2026-11-21T12:00:00Z');

describe('times of the top bar', () => {
  it('resolves relative and absolute bounds and refuses the rest', () => {
    expect(resolveTime('now', now)).toBe(now);
    expect(resolveTime('now-6h', now)).toBe(now - 6 * 3_600_000);
    expect(resolveTime('2026-11-21T12:00:00Z', 0)).toBe(now);
    expect(resolveTime('yesterday', now)).toBeUndefined();
  });

  it('shows a time with its milliseconds on the wall clock of the zone', () => {
    expect(formatTime('2026-11-21T12:00:00.123456Z', 'Asia/Kolkata')).toBe('2026-11-21 17:30:00.123');
    expect(zoneLabel(now, 'Asia/Kolkata')).toBe('UTC+05:30');
    expect(zoneLabel(now, 'America/New_York')).toBe('UTC−05:00');
  });

  it('reads back what it shows, on both sides of a change of the clock', () => {
    for (const text of ['2026-03-29T00:59:00Z', '2026-03-29T01:01:00Z', '2026-10-24T22:00:00Z']) {
      const time = Date.parse(text);
      expect(parseWallTime(formatTime(time, 'Europe/Paris'), 'Europe/Paris')).toBe(time);
    }
  });

  it('reads what a person types as a bound', () => {
    expect(readBound('2026-11-21 12:00', 'UTC')).toBe('2026-11-21T12:00:00.000Z');
    expect(readBound(' now-2d ', 'UTC')).toBe('now-2d');
    expect(readBound('soon', 'UTC')).toBeUndefined();
  });

  it('names a preset in words and any other range by its bounds', () => {
    expect(describeRange('now-1h', 'now', 'UTC')).toBe('Last hour');
    expect(describeRange('2026-11-21T12:00:00Z', '2026-11-21T13:00:00Z', 'UTC')).toBe(
      '2026-11-21 12:00:00 – 13:00:00',
    );
  });

  it('steps by half the range and widens around the middle', () => {
    expect(stepRange('now-1h', 'now', -1, now)).toEqual({
      from: '2026-11-21T10:30:00.000Z',
      to: '2026-11-21T11:30:00.000Z',
    });
    expect(stepRange('now-1h', 'now', 0, now)).toEqual({
      from: '2026-11-21T10:30:00.000Z',
      to: '2026-11-21T12:30:00.000Z',
    });
  });

  it('labels midnight with its day', () => {
    expect(formatBucket(Date.parse('2026-11-21T00:00:00Z'), 3_600_000, 'UTC')).toBe('11-21');
    expect(formatBucket(now, 3_600_000, 'UTC')).toBe('12:00');
  });
});
