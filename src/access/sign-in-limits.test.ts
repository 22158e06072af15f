import { expect, test } from 'vitest';
import { browserOf, createSignInLimits, knownBrowser } from './sign-in-limits.ts';

const started = () => {
  let now = 1e15;
  const limits = createSignInLimits(() => now);
  /** How many of so many wrong passwords are looked at. */
  const guesses = (
    count: number,
    address: (index: number) => string,
    name: (index: number) => string,
  ): number =>
    Array.from({ length: count }, (_, index) =>
      limits.begin({ address: address(index), name: name(index), browser: undefined }),
    ).filter((seconds) => seconds === 0).length;
  const mayTry = (address: string, name: string, browser?: string): boolean =>
    limits.begin({ address, name, browser }) === 0;
  return { limits, guesses, mayTry, pass: (seconds: number) => (now += seconds * 1e6) };
};

test('one user from one address: ten, then one in thirty seconds', () => {
  const { guesses, mayTry, pass } = started();
  expect(
    guesses(
      50,
      () => 'a',
      () => 'ann',
    ),
  ).toBe(10);
  expect(mayTry('a', 'bob')).toBe(true);
  expect(mayTry('b', 'ann')).toBe(true);
  pass(30);
  expect(
    guesses(
      50,
      () => 'a',
      () => 'ann',
    ),
  ).toBe(1);
});

test('one user from many addresses: a hundred, then one in six seconds', () => {
  const { guesses, mayTry, pass } = started();
  expect(
    guesses(
      5_000,
      (index) => `a${index}`,
      () => 'ann',
    ),
  ).toBe(100);
  expect(mayTry('elsewhere', 'bob')).toBe(true);
  expect(mayTry('elsewhere', 'ann', 'known')).toBe(true);
  pass(60);
  expect(
    guesses(
      5_000,
      (index) => `a${index}`,
      () => 'ann',
    ),
  ).toBe(10);
});

test('many users from one address: three hundred, then one a second', () => {
  const { guesses, mayTry } = started();
  expect(
    guesses(
      5_000,
      () => 'a',
      (index) => `user${index}`,
    ),
  ).toBe(300);
  expect(mayTry('a', 'ann', 'known')).toBe(true);
  expect(mayTry('b', 'ann')).toBe(true);
});

test('what succeeded does not count', () => {
  const { limits } = started();
  const signIn = { address: 'a', name: 'ann', browser: undefined };
  for (let round = 0; round < 1_000; round += 1) {
    expect(limits.begin(signIn)).toBe(0);
    limits.succeeded(signIn);
  }
});

test('a browser is known for the user it was given for', () => {
  const kept = knownBrowser('secret', 'ann', 'id');
  expect(browserOf('secret', 'ann', kept)).toBe('id');
  for (const [secret, name, given] of [
    ['other', 'ann', kept],
    ['secret', 'bob', kept],
    ['secret', 'ann', kept.replace('id', 'ie')],
    ['secret', 'ann', 'id.'],
    ['secret', 'ann', ''],
    ['secret', 'ann', undefined],
  ] as const)
    expect(browserOf(secret, name, given)).toBeUndefined();
});
