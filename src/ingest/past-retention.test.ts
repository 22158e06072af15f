import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Horizon, Horizons } from '../core/retention.ts';
import { createPastRetentionTally, PastRetentionNotes } from './past-retention.ts';

const age = (before: number): Horizon => ({ before, because: 'age', reason: `older than ${before}` });
const budget = (before: number): Horizon => ({ before, because: 'budget', reason: `next before ${before}` });

function notesOf(horizons: Horizons | undefined, events: readonly (readonly [number, string])[]) {
  const notes = new PastRetentionNotes(horizons);
  for (const [time, retention] of events) notes.see(time, retention);
  return notes.notes;
}

test('what is within its class is not named, and nothing is without rules', () => {
  expect(notesOf(() => [age(100)], [[100, 'default']])).toEqual([]);
  expect(notesOf(undefined, [[1, 'default']])).toEqual([]);
  expect(
    notesOf(
      () => [],
      [
        [1, 'default'],
        [1, 'audit'],
      ],
    ),
  ).toEqual([]);
});

test('what is older is named by class, with the rule, how many and the oldest', () => {
  const horizons: Horizons = (retention) => [age(retention === 'audit' ? 10 : 100)];
  expect(
    notesOf(horizons, [
      [99, 'default'],
      [50, 'audit'],
      [9, 'audit'],
      [7, 'default'],
      [8, 'default'],
    ]),
  ).toEqual([
    { retention: 'default', because: 'age', count: 3, before: 100, oldest: 7, reason: 'older than 100' },
    { retention: 'audit', because: 'age', count: 1, before: 10, oldest: 9, reason: 'older than 10' },
  ]);
});

test('of an event that is past both rules the age is named, as no budget would keep it', () => {
  expect(
    notesOf(
      () => [age(10), budget(20)],
      [
        [5, 'default'],
        [15, 'default'],
        [25, 'default'],
      ],
    ),
  ).toMatchObject([
    { because: 'age', count: 1, oldest: 5 },
    { because: 'budget', count: 1, oldest: 15 },
  ]);
});

test('whatever arrives, every event that is past a rule of its class is counted once', () => {
  const rules: Record<string, readonly Horizon[]> = {
    default: [age(50), budget(70)],
    audit: [budget(20)],
    job: [],
  };
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 100 }), fc.constantFrom('default', 'audit', 'job'))),
      (events) => {
        const notes = notesOf((retention) => rules[retention] ?? [], events);
        const past = events.filter(([time, retention]) =>
          rules[retention]?.some(({ before }) => time < before),
        );
        expect(notes.reduce((sum, { count }) => sum + count, 0)).toBe(past.length);
        for (const { retention, because, oldest, before } of notes) {
          expect(rules[retention]?.some((rule) => rule.because === because && rule.before === before)).toBe(
            true,
          );
          expect(oldest).toBeLessThan(before);
        }
      },
    ),
  );
});

test('the tally adds up by tenant, class and reason', () => {
  const tally = createPastRetentionTally();
  const notes = notesOf(
    () => [age(10)],
    [
      [1, 'default'],
      [2, 'default'],
    ],
  );
  tally.add('a', notes);
  tally.add('a', notes);
  tally.add('b', notes);
  expect([...tally.totals()]).toEqual([
    { tenant: 'a', retention: 'default', because: 'age', count: 4 },
    { tenant: 'b', retention: 'default', because: 'age', count: 2 },
  ]);
});
