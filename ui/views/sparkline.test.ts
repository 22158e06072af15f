import { describe, expect, it } from 'vitest';
import { strokes } from './sparkline.tsx';

describe('a sparkline', () => {
  it('breaks at a gap instead of falling to zero', () => {
    expect(strokes([1, 2, null, 2])).toHaveLength(2);
  });

  it('is zero-based and as high as its largest value', () => {
    expect(strokes([0, 4])).toEqual(['0.0,27.0 120.0,1.0']);
  });

  it('shows a lone value as a point and nothing as nothing', () => {
    expect(strokes([null, 3, null])).toEqual(['60.0,1.0 60.0,1.0']);
    expect(strokes([])).toEqual([]);
  });
});
