import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Facts, factOf, merged, timeOf } from './facts.ts';

const saying = fc.record({
  said: fc.dictionary(fc.constantFrom('who', 'where'), fc.constantFrom('a', 'b', ['c'], undefined)),
  time: fc.nat(3),
});

test('what was said last holds, whatever the order and however often', () => {
  fc.assert(
    fc.property(fc.array(saying), fc.func(fc.nat()), (sayings, rank) => {
      const all = (some: typeof sayings) =>
        some.reduce<Facts>((facts, { said, time }) => merged(facts, said, time), {});
      const shuffled = [...sayings, ...sayings].sort((a, b) => rank(a) - rank(b));
      expect(all(shuffled)).toEqual(all(sayings));
    }),
  );
});

test('what is not said leaves what was, and nothing new is the very same', () => {
  const facts = merged({}, { who: 'mira', where: undefined }, 5);
  expect(factOf(facts, 'who')).toBe('mira');
  expect(timeOf(facts, 'who')).toBe(5);
  expect(factOf(facts, 'where')).toBeUndefined();
  expect(merged(facts, { who: undefined }, 9)).toBe(facts);
  expect(merged(facts, { who: 'ada' }, 4)).toBe(facts);
});
