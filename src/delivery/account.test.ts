/** Accounts over a real journal on a disk in memory. */
import { describe, expect, test } from 'vitest';
import type { JournalBatch } from '../core/journal.ts';
import { RowCounts } from '../core/row-counts.ts';
import { ForgettingDisk, randomFrom } from '../journal/forgetting-disk.ts';
import { type OpenJournal, openJournal } from '../journal/journal.ts';
import { textRows } from '../journal/rows.fixture.ts';
import { Account, type SavedAccount } from './account.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const counted = (tenant: string, rows: number) => ({ tenant, retention: 'default', day: 0, rows });

const open = (takenTo = 0): Promise<OpenJournal> =>
  openJournal({
    folder: '/data',
    files: new ForgettingDisk(randomFrom(1), {}),
    clock: () => 1,
    log: quiet,
    disk: { headroom: 0, low: 0, full: 0, fullBytes: 0 },
    diskEvery: 0,
    takenTo,
  });

/** Journals so many events of a tenant; the batch as a consumer gets it. */
async function append(journal: OpenJournal, tenant: string, count: number): Promise<JournalBatch> {
  const { first } = await journal.append({
    tenant,
    receiver: 'test',
    received: 1,
    rows: textRows(Array.from({ length: count }, () => 'row')),
    times: Array.from({ length: count }, () => 1),
    idHashes: Array.from({ length: count }, () => 1n),
    contentHashes: Array.from({ length: count }, () => 1),
    counts: { received: count, duplicates: 0, quarantined: 0, replayed: 0 },
  });
  for await (const batch of journal.subscribe({ allTenants: true }, first, new AbortController().signal))
    return batch;
  throw new Error('nothing was journalled');
}

const all = { allTenants: true } as const;
const saved = (account: Account): SavedAccount => JSON.parse(JSON.stringify(account.saved()));

describe('the figures of a consumer', () => {
  test('come out even for every tenant, whatever is delivered, refused, lost, repeated, and saved when', async () => {
    const random = randomFrom(7);
    const below = (count: number): number => Math.floor(random() * count);
    for (let life = 0; life < 60; life++) {
      const journal = await open();
      const sums = new Map<string, number>();
      let account = new Account({ journal, scope: all });
      await account.open(0, undefined);
      let position = 0;
      for (let step = 0; step < 40; step++) {
        const tenant = `t${below(3)}`;
        const count = 1 + below(5);
        const batch = await append(journal, tenant, count);
        sums.set(tenant, (sums.get(tenant) ?? 0) + count);
        const { first } = batch;
        const fate = below(10);
        if (fate < 3) {
          // Later; what comes next finds it gone.
        } else if (fate < 8) {
          const refusals = below(3) === 0 ? [{ position: first, reason: 'no' }] : [];
          const gone = first > position;
          account.settle([batch], refusals);
          if (gone) await account.pass(first + count);
          position = first + count;
        } else if (fate === 8) {
          account = account.copy();
        } else {
          const before = saved(account);
          account = new Account({ journal, scope: all });
          await account.open(position, below(4) === 0 ? undefined : before);
        }
        for (const { tenant: name, balanced, journalled } of account.all()) {
          expect(balanced).toBe(true);
          expect(journalled).toBe(sums.get(name));
        }
      }
    }
  });

  test('are not even when what was saved does not fit the journal', async () => {
    const journal = await open();
    await append(journal, 'a', 3);
    const account = new Account({ journal, scope: all });
    await account.open(3, {
      to: 3,
      gaps: 0,
      tenants: { a: { delivered: 2, deadLettered: 0, expired: 0, lost: 0 } },
    });
    expect(account.of('a')).toMatchObject({ journalled: 3, pending: 0, delivered: 2, balanced: false });
  });

  test('of one tenant do not wait for the events of others', async () => {
    const journal = await open();
    await append(journal, 'a', 2);
    await append(journal, 'b', 1_000);
    const account = new Account({ journal, scope: { tenant: 'a' } });
    await account.open(2, undefined);
    expect(account.all()).toEqual([expect.objectContaining({ tenant: 'a', delivered: 2, pending: 0 })]);
  });

  test('count a batch that began before the position from there on', async () => {
    const journal = await open();
    const batch = await append(journal, 'a', 4);
    const account = new Account({ journal, scope: all });
    await account.open(1, undefined);
    account.settle([batch], [{ position: 0, reason: 'was refused before' }]);
    expect(account.of('a')).toMatchObject({ delivered: 4, deadLettered: 0, pending: 0, balanced: true });
  });

  test('tell events that expired from events that were lost, and follow whose those were', async () => {
    // Four events of which nothing is known any more.
    const journal = await open(4);
    await append(journal, 'a', 2);
    const account = new Account({ journal, scope: all });
    await account.open(0, undefined);
    expect(await account.pass(4)).toBe(4);
    expect(account.of('?')).toMatchObject({ journalled: 4, lost: 4, balanced: true });
    expect(await account.pass(6)).toBe(2);
    expect(account.of('a')).toMatchObject({ expired: 2, balanced: true });
    const [gap] = journal.openGaps;
    const stored = RowCounts.of([counted('a', 1), counted('b', 3)]);
    await journal.settleGap(gap as NonNullable<typeof gap>, stored, new RowCounts());
    expect(account.of('a')).toMatchObject({ journalled: 3, pending: 0, balanced: true });
    expect(account.of('b')).toMatchObject({ journalled: 3, pending: 0, balanced: true });
  });

  test('are stated anew when less is known of a gap than when they were saved', async () => {
    const before = await open(4);
    const [gap] = before.openGaps;
    const stored = RowCounts.of([counted('a', 4)]);
    await before.settleGap(gap as NonNullable<typeof gap>, stored, new RowCounts());
    const account = new Account({ journal: before, scope: all });
    await account.open(4, undefined);
    expect(account.of('a')).toMatchObject({ delivered: 4, balanced: true });
    // The record of gaps was lost: the same gap is found, and it is not known whose its rows were.
    const again = new Account({ journal: await open(4), scope: all });
    await again.open(4, saved(account));
    expect(again.all().filter(({ balanced }) => !balanced)).toEqual([]);
    expect(again.of('?')).toMatchObject({ journalled: 4, delivered: 4 });
  });

  test('name what is lost of what was delivered', async () => {
    const journal = await open();
    await append(journal, 'a', 3);
    const account = new Account({ journal, scope: all });
    await account.open(3, undefined);
    account.restateLost(RowCounts.of([counted('a', 2)]));
    expect(account.of('a')).toMatchObject({ delivered: 1, lost: 2, balanced: true });
  });
});
