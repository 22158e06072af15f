import { expect, test } from 'vitest';
import { createCourtesy } from './courtesy.ts';

/** An event loop that was active and idle for so many milliseconds between two looks. */
const loop = (active: number, idle: number) => () => ({
  active,
  idle,
  utilization: active / (active + idle),
});

test('folding goes on at once while the loop has time, or nobody else needs it', () => {
  expect(createCourtesy(loop(5, 95))(5)).toBe(0);
  expect(createCourtesy(loop(5, 0))(5)).toBe(0);
});

test('folding takes a tenth of a loop that others keep busy', () => {
  expect(createCourtesy(loop(12, 0))(4)).toBe(36);
  expect(createCourtesy(loop(100, 0))(40)).toBe(100);
});
