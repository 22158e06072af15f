import { expect, test } from 'vitest';
import { parseDuration, parseShare, parseSize } from './units.ts';

test('a duration becomes microseconds', () => {
  expect(['250ms', '30s', '15m', '24h', '1.5d'].map(parseDuration)).toEqual([
    250e3, 30e6, 900e6, 86_400e6, 129_600e6,
  ]);
});

test('a duration without a unit, or with another, is not one', () => {
  expect(['30', '', 'h', '-1s', '3 weeks', '1e3s'].map(parseDuration)).toEqual(Array(6).fill(undefined));
});

test('a size becomes bytes, decimal and binary', () => {
  expect(['512', '512B', '64MB', '64 MiB', '2gb'].map(parseSize)).toEqual([512, 512, 64e6, 67_108_864, 2e9]);
  expect(['', 'MB', '1.5', '-1', '3 apples'].map(parseSize)).toEqual(Array(5).fill(undefined));
});

test('a share is written as a percentage or a number up to 1', () => {
  expect(['20%', '0.2', '100%', '0'].map(parseShare)).toEqual([0.2, 0.2, 1, 0]);
  expect(['101%', '2', 'half'].map(parseShare)).toEqual([undefined, undefined, undefined]);
});
