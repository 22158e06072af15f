import { describe, expect, it } from 'vitest';
import { formatChange, formatNumber, formatWhole, nothing, plural, shortId } from './format.ts';

describe('numbers in words', () => {
  it.each([
    [0, undefined, '0'],
    [999, undefined, '999'],
    [1234, undefined, '1.2 k'],
    [999_950, undefined, '1 M'],
    [131_000, 'us', '131 ms'],
    [2_100_000, 'us', '2.1 s'],
    [90_000_000, 'us', '1.5 min'],
    [250, 'us', '250 µs'],
    [0, 'us', '0 ms'],
    [0.25, undefined, '0.25'],
    [3_400_000, 'By', '3.4 MB'],
    [512, 'By', '512 B'],
    [0.034, '1', '3.4 %'],
    [12.5, '/s', '12.5/s'],
    [-1500, 'By', '-1.5 kB'],
  ])('%d in %s reads %s', (value, unit, text) => {
    expect(formatNumber(value, unit)).toBe(text);
  });

  it('shows nothing as a dash and not as a zero', () => {
    expect(formatNumber(null, 'us')).toBe(nothing);
    expect(formatNumber(undefined)).toBe(nothing);
  });

  it('groups the digits of whole numbers', () => {
    expect(formatWhole(1_234_567)).toBe('1\u202f234\u202f567');
    expect(plural(1, 'event')).toBe('1 event');
    expect(plural(0, 'entry', 'entries')).toBe('0 entries');
  });

  it('says the change in percent, and nothing where there was nothing before', () => {
    expect(formatChange(110, 100)).toBe('+10 %');
    expect(formatChange(50, 100)).toBe('-50 %');
    expect(formatChange(38_000, 100)).toBe('×380');
    expect(formatChange(5, 0)).toBeUndefined();
    expect(formatChange(null, 4)).toBeUndefined();
  });

  it('shortens ids in the middle', () => {
    expect(shortId('2124123370474702318')).toBe('21241233…4702318');
    expect(shortId('short')).toBe('short');
  });
});
