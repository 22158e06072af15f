import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Access } from '../access/access.ts';
import type { Log } from '../core/ports.ts';
import type { StoreClient } from './engine/client.ts';
import { serverDisk } from './partitions.ts';
import { audited, now, openTestAccess, silent, store, stored, testParts } from './retention.fixture.ts';
import { createRetention, dropOld, type RetentionParts } from './retention.ts';
import { eventsTable } from './schema.ts';
import { openTestStore, type TestStore } from './store.fixture.ts';

const day = 86_400e6;
let testStore: TestStore;
let client: StoreClient;
let folder: string;
let access: Access;

beforeAll(async () => {
  testStore = await openTestStore();
  client = testStore.client;
});
afterAll(() => testStore?.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'retention-'));
  access = await openTestAccess(folder);
  await client.command({ query: `TRUNCATE TABLE ${eventsTable}` });
});
afterEach(async () => {
  await access.close();
  await rm(folder, { recursive: true, force: true });
});

const parts = (rules: Partial<RetentionParts['rules']>, others: Partial<RetentionParts> = {}) =>
  testParts(client, access, rules, others);

/** Five days of ten events, all of the tenant t. */
async function fewDays(): Promise<void> {
  for (const age of [0, 6, 7, 8]) await store(client, { age });
  await store(client, { retention: 'audit', age: 8 });
}

describe('by age', () => {
  test('days that are wholly older than events are kept are dropped and counted', async () => {
    await fewDays();
    const dropped = await dropOld(parts({ age: 7 * day, ages: { audit: 400 * day } }));
    expect(dropped).toEqual([
      {
        retention: 'default',
        day: '2026-11-12',
        rows: 10,
        bytes: expect.any(Number),
        because: 'age',
        tenants: { t: 10 },
      },
    ]);
    expect(await stored(client)).toEqual([
      ['audit', 8, 10],
      ['default', 0, 10],
      ['default', 6, 10],
      ['default', 7, 10],
    ]);
  });

  test('a class has an age of its own, shorter or longer; without one it has the usual age', async () => {
    await fewDays();
    await dropOld(parts({ age: 400 * day, ages: { audit: 2 * day } }));
    expect(await stored(client)).toHaveLength(4);
    await store(client, { retention: 'audit', age: 8 });
    await dropOld(parts({ age: 7 * day }));
    expect(await stored(client)).toEqual([
      ['default', 0, 10],
      ['default', 6, 10],
      ['default', 7, 10],
    ]);
  });

  test('what arrives past its age stays for a day after the last arrival', async () => {
    await store(client, { age: 30, received: now - day });
    await store(client, { age: 31, received: now - day + 1 });
    await dropOld(parts({}));
    expect(await stored(client)).toEqual([['default', 31, 10]]);
    await dropOld(parts({}, { clock: () => now + 1 }));
    expect(await stored(client)).toEqual([]);
  });
});

describe('by budget', () => {
  test('the oldest days go until it holds, of every class, but never today', async () => {
    await fewDays();
    const dropped = await dropOld(parts({ age: 400 * day, bytes: 1 }));
    expect(dropped.map(({ because }) => because)).toEqual(['budget', 'budget', 'budget', 'budget']);
    expect(await stored(client)).toEqual([['default', 0, 10]]);
  });

  test('it may be a number of events', async () => {
    await fewDays();
    await dropOld(parts({ age: 400 * day, rows: 25 }));
    expect(await stored(client)).toEqual([
      ['default', 0, 10],
      ['default', 6, 10],
    ]);
  });

  test('it may be a share of the disk', async () => {
    await fewDays();
    const { partitions } = (await look({})) ?? { partitions: [] };
    const bytes = partitions.reduce((sum, partition) => sum + partition.bytes, 0);
    const disk = { measure: async () => ({ total: bytes, room: 0 }) };
    expect(await dropOld(parts({ age: 400 * day, share: 1 }, { disk }))).toEqual([]);
    expect(await dropOld(parts({ age: 400 * day, share: 0.99 }, { disk }))).toHaveLength(1);
  });

  const look = async (rules: Partial<RetentionParts['rules']>) => {
    const retention = createRetention(parts(rules));
    await retention.look();
    return retention.outlook;
  };

  test('that today alone exceeds is said once, until it holds again', async () => {
    const said: unknown[] = [];
    const log: Log = { ...silent, warn: (message) => said.push(message) };
    await store(client, { age: 0 });
    let limit = 5;
    const rules = {
      ...parts({}).rules,
      get rows() {
        return limit;
      },
    };
    const retention = createRetention({ ...parts({}, { log }), rules });
    await retention.run();
    await retention.run();
    expect(said).toHaveLength(1);
    expect(retention.outlook?.plan.excess).toMatchObject({ rows: 5 });
    expect(await stored(client)).toEqual([['default', 0, 10]]);
    limit = 10;
    await retention.run();
    expect(retention.outlook?.plan.excess).toEqual({ bytes: 0, rows: 0 });
    limit = 9;
    await retention.run();
    expect(said).toHaveLength(2);
  });

  test('whatever is stored, it holds after a run or only today is left, and the oldest went first', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(
          fc.record({
            age: fc.integer({ min: 0, max: 20 }),
            retention: fc.constantFrom('default', 'audit'),
            tenant: fc.constantFrom('a', 'b'),
            rows: fc.integer({ min: 1, max: 50 }),
          }),
          { selector: ({ age, retention }) => `${age} ${retention}`, maxLength: 6 },
        ),
        fc.integer({ min: 0, max: 200 }),
        async (days, rows) => {
          await client.command({ query: `TRUNCATE TABLE ${eventsTable}` });
          for (const each of days) await store(client, each);
          const dropped = await dropOld(parts({ age: 400 * day, rows }));
          const left = (await stored(client)) as [string, number, number][];
          const sum = left.reduce((total, [, , count]) => total + count, 0);
          expect(sum <= rows || left.every(([, age]) => age === 0)).toBe(true);
          const youngest = dropped.at(-1)?.day ?? '';
          for (const [, age] of left)
            expect(new Date((now - age * day) / 1000).toISOString().slice(0, 10) >= youngest).toBe(true);
          const gone = dropped.reduce((total, drop) => total + drop.rows, 0);
          expect(sum + gone).toBe(days.reduce((total, each) => total + each.rows, 0));
        },
      ),
      { numRuns: 10 },
    );
  });
});

test('the disk of a ClickHouse server is what its engine says', async () => {
  const disk = await serverDisk(client);
  expect(disk?.total).toBeGreaterThan(0);
  expect(disk?.room).toBeLessThan(disk?.total ?? 0);
});

test('within the rules nothing is dropped, noted or reported', async () => {
  await fewDays();
  expect(await dropOld(parts({ age: 400 * day, bytes: 1e12 }))).toEqual([]);
  expect(await stored(client)).toHaveLength(5);
  expect(access.drops.totals).toEqual([]);
  expect(await audited(access)).toEqual([]);
});

describe('what is dropped', () => {
  beforeEach(async () => {
    await store(client, { tenant: 'a', age: 8, rows: 30 });
    await store(client, { tenant: 'b', age: 8, rows: 10, position: 30 });
    await store(client, { tenant: 'a', age: 9, rows: 5, position: 40 });
    await store(client, { tenant: 'b', age: 0, rows: 7, position: 45 });
  });

  test('is counted by tenant, with its part of the bytes, over restarts too', async () => {
    const [older, newer] = await dropOld(parts({}));
    expect([older?.tenants, newer?.tenants]).toEqual([{ a: 5 }, { a: 30, b: 10 }]);
    const totals = [
      {
        tenant: 'a',
        retention: 'default',
        because: 'age',
        rows: 35,
        bytes: (older?.bytes ?? 0) + Math.round(((newer?.bytes ?? 0) * 30) / 40),
        lastDay: '2026-11-12',
        lastTime: now,
      },
      expect.objectContaining({ tenant: 'b', rows: 10, bytes: Math.round(((newer?.bytes ?? 0) * 10) / 40) }),
    ];
    expect(access.drops.totals).toEqual(totals);

    await access.close();
    access = await openTestAccess(folder);
    expect(access.drops.totals).toEqual(totals);
    await store(client, { tenant: 'a', age: 8, rows: 2, position: 60 });
    await dropOld(parts({}));
    expect(access.drops.totals[0]).toMatchObject({ tenant: 'a', rows: 37 });
  });

  test('is in the audit trail of each tenant, with its own figures only', async () => {
    await dropOld(parts({}));
    expect(await audited(access)).toEqual([
      [
        'a',
        expect.objectContaining({
          action: 'events.dropped',
          outcome: 'success',
          identityType: 'system',
          entityType: 'retention',
          entityId: 'default',
          message:
            '35 events of 2 days, 2026-11-11 to 2026-11-12, in the class default were removed: they were older than their class is kept',
        }),
      ],
      [
        'b',
        expect.objectContaining({
          message:
            '10 events of 2026-11-12 in the class default were removed: they were older than their class is kept',
        }),
      ],
    ]);
    await dropOld(parts({}));
    expect(await audited(access)).toEqual([]);
  });

  test('keeps the sum but not the name of a tenant that is removed', async () => {
    await dropOld(parts({}));
    await access.drops.forget('a');
    expect(access.drops.totals.map(({ tenant, rows }) => [tenant, rows])).toEqual([
      ['', 35],
      ['b', 10],
    ]);
  });

  test('is announced before each drop, and stays when that fails', async () => {
    const announced: unknown[] = [];
    const beforeDrop: NonNullable<RetentionParts['beforeDrop']> = async (partition) => {
      announced.push([partition, await stored(client)]);
      if (announced.length === 3) throw new Error('not now');
      return async () => void announced.push('gone');
    };
    await expect(dropOld(parts({}, { beforeDrop }))).rejects.toThrow('not now');
    expect(announced).toMatchObject([
      [{ retention: 'default', day: '2026-11-11' }, { length: 3 }],
      'gone',
      [{ retention: 'default', day: '2026-11-12' }, { length: 2 }],
    ]);
    // What was dropped until then is counted and reported; the other day is there.
    expect(access.drops.totals).toMatchObject([{ tenant: 'a', rows: 5 }]);
    expect(await audited(access)).toHaveLength(1);
    expect(await stored(client)).toHaveLength(2);
    await dropOld(parts({}));
    expect(access.drops.totals).toMatchObject([
      { tenant: 'a', rows: 35 },
      { tenant: 'b', rows: 10 },
    ]);
  });

  test('is exactly what was counted, though events of the day keep arriving', async () => {
    const exclusive = parts({}).exclusive;
    let written = 52;
    let stop = false;
    const writing = (async () => {
      while (!stop) {
        await exclusive(() => store(client, { tenant: 'a', age: 8, rows: 3, position: written }));
        written += 3;
      }
    })();
    for (let run = 0; run < 5; run++) await dropOld(parts({}, { exclusive }));
    stop = true;
    await writing;
    const left = ((await stored(client)) as [string, number, number][]).reduce(
      (sum, [, , rows]) => sum + rows,
      0,
    );
    const dropped = access.drops.totals.reduce((sum, { rows }) => sum + rows, 0);
    expect(left + dropped).toBe(written);
  });
});
