import { expect, test } from 'vitest';
import { createAttempts } from './attempts.ts';

const started = () => {
  let now = 1e15;
  const attempts = createAttempts({ clock: () => now, burst: 3, interval: 30e6 });
  return { attempts, pass: (seconds: number) => (now += seconds * 1e6) };
};

test('a burst is let through, then one try for each interval', () => {
  const { attempts, pass } = started();
  for (let i = 0; i < 3; i++) {
    expect(attempts.wait('a')).toBe(0);
    attempts.tried('a');
  }
  expect(attempts.wait('a')).toBe(30);
  expect(attempts.wait('b')).toBe(0);
  pass(29);
  expect(attempts.wait('a')).toBe(1);
  pass(1);
  expect(attempts.wait('a')).toBe(0);
  attempts.tried('a');
  expect(attempts.wait('a')).toBe(30);
});

test('a try that succeeded does not count', () => {
  const { attempts } = started();
  for (let i = 0; i < 10; i++) {
    attempts.tried('a');
    attempts.succeeded('a');
  }
  expect(attempts.wait('a')).toBe(0);
});

test('the bucket is full again after a quiet time, and no fuller', () => {
  const { attempts, pass } = started();
  for (let i = 0; i < 3; i++) attempts.tried('a');
  pass(3600);
  for (let i = 0; i < 3; i++) attempts.tried('a');
  expect(attempts.wait('a')).toBe(30);
});
