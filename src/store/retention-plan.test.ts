import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { thresholds } from '../journal/disk.ts';
import {
  budgetOf,
  grace,
  horizonsOf,
  type Partition,
  planDrops,
  type RetentionRules,
} from './retention-plan.ts';

const day = 86_400e6;
const now = Date.UTC(2026, 10, 20, 12) * 1000;
const dayBefore = (days: number): string => new Date((now - days * day) / 1000).toISOString().slice(0, 10);

const rules: RetentionRules = { age: 400 * day, ages: { audit: 1000 * day }, share: 0.7, spared: () => 0 };
const unbounded = { bytes: Number.POSITIVE_INFINITY, rows: Number.POSITIVE_INFINITY, by: 'none' } as const;

const partition = (retention: string, age: number, bytes = 10, arrived = 0): Partition => ({
  id: `${retention} ${age}`,
  retention,
  day: dayBefore(age),
  rows: 1,
  bytes,
  arrived,
});

const partitions = fc.uniqueArray(
  fc.record({
    retention: fc.constantFrom('default', 'audit'),
    age: fc.integer({ min: -1, max: 1200 }),
    bytes: fc.integer({ min: 1, max: 1000 }),
    arrived: fc.constantFrom(0, now - grace, now - grace + 1, now),
  }),
  { selector: ({ retention, age }) => `${retention} ${age}`, maxLength: 40 },
);

test('whatever is stored: what is left is within the budget, or only today and later is left', () => {
  fc.assert(
    fc.property(
      partitions,
      fc.integer({ min: 0, max: 20_000 }),
      fc.integer({ min: 0, max: 40 }),
      (all, bytes, rows) => {
        const stored = all.map((each) => partition(each.retention, each.age, each.bytes, each.arrived));
        const { drops, excess } = planDrops(stored, rules, { bytes, rows, by: 'bytes' }, now);
        const gone = new Set(drops.map((drop) => drop.partition.id));
        const left = stored.filter(({ id }) => !gone.has(id));
        const sum = left.reduce((total, each) => total + each.bytes, 0);

        // Never today.
        expect(drops.every((drop) => drop.partition.day < dayBefore(0))).toBe(true);
        // Within the budget, or the excess is named and nothing that may go is left.
        expect(excess).toEqual({ bytes: Math.max(0, sum - bytes), rows: Math.max(0, left.length - rows) });
        if (excess.bytes > 0 || excess.rows > 0)
          expect(left.every((each) => each.day >= dayBefore(0))).toBe(true);
        // The oldest first: nothing that is kept is older than what the budget removed.
        for (const { partition: dropped, because } of drops)
          if (because === 'budget') expect(left.every((kept) => kept.day >= dropped.day)).toBe(true);
        // No more than needed: with the last one back it would be over.
        const last = drops.filter(({ because }) => because === 'budget').at(-1)?.partition;
        if (last !== undefined && excess.bytes === 0 && excess.rows === 0)
          expect(sum + last.bytes > bytes || left.length + 1 > rows).toBe(true);
        // By age each class for itself, and only what has not just arrived.
        const old = stored.filter(
          ({ day: date, retention, arrived = 0 }) =>
            Date.parse(date) * 1000 + day <= now - (retention === 'audit' ? 1000 : 400) * day &&
            arrived <= now - grace,
        );
        expect(
          drops
            .filter(({ because }) => because === 'age')
            .map((drop) => drop.partition.id)
            .sort(),
        ).toEqual(old.map(({ id }) => id).sort());
      },
    ),
  );
});

test('what arrived past its age within a day is held back, unless the budget needs its room', () => {
  const stored = [partition('default', 500, 10, now - 1), partition('default', 0)];
  expect(planDrops(stored, rules, unbounded, now)).toMatchObject({
    drops: [],
    held: [{ id: 'default 500' }],
  });
  const { drops } = planDrops(stored, rules, { ...unbounded, bytes: 10 }, now);
  expect(drops.map(({ because }) => because)).toEqual(['budget']);
});

describe('an event that arrives', () => {
  const horizon = (nearing: readonly Partition[], retention = 'default') =>
    horizonsOf(retention, rules, nearing, now).map(({ because, before }) => [because, before]);

  test('is past its class when it is older than the class is kept', () => {
    expect(horizon([])).toEqual([['age', now - 400 * day]]);
    expect(horizon([], 'audit')).toEqual([['age', now - 1000 * day]]);
  });

  test('is named too where the store is close to its budget and the day of the event goes next', () => {
    const stored = [partition('default', 3, 5), partition('audit', 2, 10), partition('default', 0, 84)];
    const { nearing, drops } = planDrops(stored, rules, { ...unbounded, bytes: 100 }, now);
    expect(drops).toEqual([]);
    // 99 of 100: at 90 the first two days would have gone.
    expect(horizon(nearing)).toEqual([
      ['age', now - 400 * day],
      ['budget', Date.parse(dayBefore(1)) * 1000],
    ]);
    expect(planDrops(stored, rules, { ...unbounded, bytes: 110 }, now).nearing).toEqual([]);
  });
});

describe('the budget', () => {
  const journalShare = 0.2;
  const usual: RetentionRules = {
    ...rules,
    spared: (total) => total * journalShare + thresholds(total, {}).low,
  };

  test('leaves room on every disk: by its own events and journal the ways in are never closed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1e8, max: 1e14 }), (total) => {
        const { bytes } = budgetOf(usual, total);
        const { full, low } = thresholds(total, {});
        const free = total - bytes - total * journalShare;
        expect(free).toBeGreaterThan(full);
        // Nor does the alert sound, but for rounding.
        expect(free).toBeGreaterThanOrEqual(low - 2);
        // And it is most of the disk.
        expect(bytes).toBeGreaterThanOrEqual(total * 0.649);
      }),
    );
  });

  test.each([
    [1e12, 700e9, 'share'],
    [30e9, 21e9, 'share'],
    [20e9, 13e9, 'spared'],
    [10e9, 6.5e9, 'spared'],
  ])('of a disk of %d bytes is %d by default', (total, bytes, by) => {
    const budget = budgetOf(usual, total);
    expect(Math.abs(budget.bytes - bytes)).toBeLessThanOrEqual(2);
    expect(budget.by).toBe(by);
  });

  test('is the least of the settings', () => {
    expect(budgetOf({ ...usual, bytes: 5e9 }, 1e12)).toMatchObject({ bytes: 5e9, by: 'bytes' });
    expect(budgetOf({ ...usual, bytes: 5e12 }, 1e12)).toMatchObject({ bytes: 700e9, by: 'share' });
    expect(budgetOf({ ...usual, share: 0.9 }, 1e12)).toMatchObject({ bytes: 700e9, by: 'spared' });
  });

  test('has no share where the disk has no size', () => {
    expect(budgetOf(usual, undefined)).toMatchObject({ bytes: Number.POSITIVE_INFINITY, by: 'none' });
    expect(budgetOf({ ...usual, bytes: 5e9 }, undefined)).toMatchObject({ bytes: 5e9, by: 'bytes' });
  });

  test('is something even where journal and alert are given all of the disk', () => {
    expect(budgetOf({ ...usual, spared: (total) => total * 1.2 }, 1e12).bytes).toBe(100e9);
  });
});
