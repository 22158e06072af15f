import { expect, test } from 'vitest';
import { createCourtesy } from './courtesy.ts';

/** An event loop that was active and idle for so many milliseconds between two looks. */
const loop = (active: number, idle: number) => () => ({
  active,
  idle,
  utilization: active / (active + idle),
});

const cores = (wanted: boolean) => () => wanted;

test('folding goes on at once while the loop and the cores have time, or nobody else needs them', () => {
  expect(createCourtesy(cores(false), loop(5, 95))(5)).toBe(0);
  expect(createCourtesy(cores(false), loop(5, 0))(5)).toBe(0);
});

test('folding takes a tenth of a loop that others keep busy', () => {
  expect(createCourtesy(cores(false), loop(12, 0))(4)).toBe(36);
  expect(createCourtesy(cores(false), loop(100, 0))(40)).toBe(100);
});

test('folding takes a tenth where others want all cores, however free the loop is', () => {
  expect(createCourtesy(cores(true), loop(5, 95))(4)).toBe(36);
});
