import { describe, expect, it } from 'vitest';
import { defaultColumns, isNumeric, moveColumn, readColumns, toggleColumn } from './columns.ts';

const choice = { names: ['a', 'b', 'c'], widths: {} };

describe('the columns of the table', () => {
  it('are shown at the end and hidden again, but never all hidden', () => {
    expect(toggleColumn(choice, 'd').names).toEqual(['a', 'b', 'c', 'd']);
    expect(toggleColumn(choice, 'b').names).toEqual(['a', 'c']);
    expect(toggleColumn({ names: ['a'], widths: {} }, 'a').names).toEqual(['a']);
  });

  it('move one place and stay within the table', () => {
    expect(moveColumn(choice, 'a', 1).names).toEqual(['b', 'a', 'c']);
    expect(moveColumn(choice, 'c', -1).names).toEqual(['a', 'c', 'b']);
    expect(moveColumn(choice, 'a', -1)).toBe(choice);
  });

  it('fall back to the default when what was kept cannot be read', () => {
    for (const kept of [null, 'not json', '{"names":[]}', '[]']) {
      expect(readColumns({ getItem: () => kept })).toEqual(defaultColumns);
    }
  });

  it('align numbers to the right, but not a status', () => {
    expect(isNumeric('duration')).toBe(true);
    expect(isNumeric('status')).toBe(false);
  });
});
