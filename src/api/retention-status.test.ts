import { expect, test } from 'vitest';
import type { DropTotal } from '../access/drops.ts';
import type { Outlook, Retention } from '../store/retention.ts';
import {
  budgetOf,
  horizonsOf,
  type Partition,
  planDrops,
  type RetentionRules,
} from '../store/retention-plan.ts';
import { retentionStatus } from './retention-status.ts';

const day = 86_400e6;
const now = Date.UTC(2026, 10, 20, 12) * 1000;
const usual: RetentionRules = { age: 400 * day, ages: {}, share: 0.7, spared: () => 0 };
const partition = (retention: string, date: string, bytes = 100): Partition => ({
  id: `${retention} ${date}`,
  retention,
  day: date,
  rows: 3,
  bytes,
});

function retentionOf(
  partitions: readonly Partition[],
  rules: RetentionRules = usual,
  space: Outlook['disk'] | 'sizeless' = { total: 1000e9, room: 900e9 },
): Pick<Retention, 'outlook' | 'rules' | 'horizons'> {
  const disk = space === 'sizeless' ? undefined : space;
  const budget = budgetOf(rules, disk?.total);
  const plan = planDrops(partitions, rules, budget, now);
  return {
    rules,
    outlook: { time: now, partitions, disk, budget, plan },
    horizons: (name) => horizonsOf(name, rules, plan.nearing, now),
  };
}
const status = (
  retention: ReturnType<typeof retentionOf>,
  totals: readonly DropTotal[] = [],
  tenant = 'a',
  all = true,
) => retentionStatus({ retention, drops: { totals } }, tenant, all);

test('the oldest day of each class goes next by its age, and when that is is said', () => {
  const rules = { ...usual, ages: { audit: 10 * day } };
  const { classes, installation } = status(
    retentionOf(
      [
        partition('default', '2026-11-01'),
        partition('audit', '2026-11-15'),
        partition('default', '2026-11-20'),
      ],
      rules,
    ),
  );
  expect(classes).toMatchObject([
    {
      retention: 'default',
      age: 400 * 86_400,
      oldestDay: '2026-11-01',
      next: { day: '2026-11-01', because: 'age', time: '2027-12-07T00:00:00.000Z', events: 3, bytes: 100 },
    },
    {
      retention: 'audit',
      age: 10 * 86_400,
      oldestDay: '2026-11-15',
      next: { because: 'age', time: '2026-11-26T00:00:00.000Z' },
    },
  ]);
  expect(installation).toMatchObject({
    bytes: 300,
    events: 9,
    budget: { bytes: 700e9, events: null, by: 'share' },
  });
  expect(installation).not.toHaveProperty('problem');
});

test('close to the budget the oldest day goes next for its sake', () => {
  const { classes } = status(
    retentionOf([partition('default', '2026-11-01', 10), partition('default', '2026-11-20', 85)], {
      ...usual,
      bytes: 100,
    }),
  );
  expect(classes[0]).toMatchObject({
    next: { day: '2026-11-01', because: 'budget' },
    keptFrom: [{ because: 'age' }, { because: 'budget', time: '2026-11-02T00:00:00.000Z' }],
  });
  expect(classes[0]?.next).not.toHaveProperty('time');
});

test('a budget that today alone exceeds is a problem', () => {
  const { installation } = status(
    retentionOf([partition('default', '2026-11-20', 150)], { ...usual, bytes: 100 }),
  );
  expect(installation).toMatchObject({
    budget: { overBytes: 50 },
    problem: expect.stringContaining('today alone'),
  });
});

test('a disk that others fill before the budget is reached is a problem, with what to set', () => {
  const disk = { total: 1000e9, room: 5e9 };
  const few = [partition('default', '2026-11-20', 20e9)];
  expect(status(retentionOf(few, usual, disk)).installation?.problem).toContain(
    'retention.bytes to at most 25.0 GB',
  );
  expect(status(retentionOf(few, { ...usual, bytes: 21e9 }, disk)).installation).not.toHaveProperty(
    'problem',
  );
  expect(status(retentionOf(few, usual, 'sizeless')).installation).toMatchObject({
    budget: { bytes: null, by: 'none' },
  });
});

test('a tenant sees what was removed of its own, the installation the sum', () => {
  const total = (tenant: string, rows: number, lastTime: number, lastDay: string): DropTotal => ({
    tenant,
    retention: 'default',
    because: 'age',
    rows,
    bytes: rows * 10,
    lastDay,
    lastTime,
  });
  const totals = [
    total('', 1, now - 2, '2026-01-01'),
    total('a', 20, now, '2026-01-03'),
    total('b', 300, now - 1, '2026-01-02'),
  ];
  const removed = {
    retention: 'default',
    because: 'age',
    lastDay: '2026-01-03',
    lastTime: '2026-11-20T12:00:00.000Z',
  };
  const own = status(retentionOf([partition('audit', '2026-11-01')]), totals, 'a', false);
  expect(own.dropped).toEqual([{ ...removed, events: 20, bytes: 200 }]);
  // Neither the volume of others nor that there are classes and days of theirs.
  expect(own).not.toHaveProperty('installation');
  expect(own.classes).toEqual([{ retention: 'default', age: 400 * 86_400, keptFrom: [expect.anything()] }]);
  expect(status(retentionOf([]), totals, 'b').installation?.dropped).toEqual([
    { ...removed, events: 321, bytes: 3210 },
  ]);
});

test('before the first look the rules are there', () => {
  const { rules, horizons } = retentionOf([]);
  expect(status({ rules, horizons, outlook: undefined })).toEqual({
    classes: [
      { retention: 'default', age: 400 * 86_400, keptFrom: [{ because: 'age', time: expect.any(String) }] },
    ],
    dropped: [],
  });
});
