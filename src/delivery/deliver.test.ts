import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Range, TenantScope } from '../core/journal.ts';
import type { Log } from '../core/ports.ts';
import { openCursor } from '../journal/cursor.ts';
import { nodeFiles } from '../journal/files.ts';
import { type OpenJournal, openJournal } from '../journal/journal.ts';
import { textRows } from '../journal/rows.fixture.ts';
import { type Consumer, type Delivery, delivered } from './consumer.ts';
import { type DeadLetters, openDeadLetters } from './dead-letters.ts';
import { type RunningDelivery, startDelivery } from './deliver.ts';

const clock = () => Date.now() * 1000;
const said: string[] = [];
const log: Log = { debug() {}, info: (text) => said.push(text), warn() {}, error: (text) => said.push(text) };

let folder: string;
let journal: OpenJournal;
const closing: (() => Promise<void>)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deliver-'));
  journal = await openJournal({ folder, clock, log, disk: { headroom: 0 } });
  said.length = 0;
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await journal.close();
  await rm(folder, { recursive: true });
});

let id = 0n;
const append = (count: number, tenant = 'default') =>
  journal.append({
    tenant,
    receiver: 'http',
    received: clock(),
    rows: textRows(Array.from({ length: count }, (_, index) => `row ${index} of ${tenant}`)),
    times: Array.from({ length: count }, clock),
    idHashes: Array.from({ length: count }, () => id++),
    contentHashes: Array.from({ length: count }, () => 0),
    counts: { received: count, duplicates: 0, quarantined: 0, replayed: 0 },
  });

interface Seen {
  readonly positions: number[];
  readonly begun: (Range | undefined)[];
}

async function start(
  answer: (positions: readonly number[], call: number) => Delivery | Promise<Delivery>,
  more: { scope?: TenantScope; begins?: boolean; wait?: number; events?: number } = {},
): Promise<{ delivery: RunningDelivery; seen: Seen; letters: DeadLetters }> {
  const seen: Seen = { positions: [], begun: [] };
  let call = 0;
  const consumer: Consumer = {
    name: 'test',
    scope: more.scope ?? { allTenants: true },
    async deliver(batches, context) {
      seen.begun.push(context.begun);
      const positions = batches.flatMap(({ first, count }) =>
        Array.from({ length: count }, (_, i) => first + i),
      );
      if (more.begins) {
        await context.begin({ first: positions[0] as number, end: (positions.at(-1) as number) + 1 });
      }
      const outcome = await answer(positions, call++);
      if (outcome.kind !== 'retry') seen.positions.push(...positions);
      return outcome;
    },
  };
  const letters = await openDeadLetters(folder, 'test');
  closing.push(() => letters.close());
  const delivery = startDelivery({
    consumer,
    journal,
    cursor: await openCursor(folder, 'test', nodeFiles),
    deadLetters: letters,
    bite: { events: more.events ?? 100, bytes: 1e6, wait: more.wait ?? 5 },
    clock,
    log,
  });
  closing.push(() => delivery.stop());
  return { delivery, seen, letters };
}

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await sleep(5);
};

test('delivers every event in order, once, and goes on behind it after a restart', async () => {
  await append(3);
  await append(2);
  const first = await start(() => delivered);
  await until(() => first.delivery.status.pending === 0);
  await first.delivery.stop();
  expect(first.seen.positions).toEqual([0, 1, 2, 3, 4]);
  expect(first.delivery.status).toMatchObject({ position: 5, delivered: 5, state: 'stopped' });
  await append(1);
  const second = await start(() => delivered);
  await until(() => second.delivery.status.pending === 0);
  expect(second.seen.positions).toEqual([5]);
});

test('gathers what comes within a moment, and ends a bite that is full', async () => {
  for (let count = 0; count < 10; count++) await append(10);
  const bites: number[] = [];
  const { delivery } = await start(
    (positions) => {
      bites.push(positions.length);
      return delivered;
    },
    { events: 40, wait: 50 },
  );
  await until(() => delivery.status.pending === 0);
  expect(bites).toEqual([40, 40, 20]);
});

test('tries again what fails, says so once when it goes on failing, and once when it works again', async () => {
  await append(2);
  const { delivery, seen } = await start((_, call) =>
    call < 6 ? { kind: 'retry', reason: 'not now' } : delivered,
  );
  await until(() => delivery.status.state === 'failing');
  expect(delivery.status).toMatchObject({ pending: 2, delivered: 0, reason: 'not now' });
  await until(() => delivery.status.pending === 0);
  expect(seen.positions).toEqual([0, 1]);
  expect(delivery.status.state).toBe('running');
  expect(said).toEqual(['Delivery fails again and again; it goes on trying.', 'Delivery works again.']);
});

test('keeps what is refused as dead letters, and the count comes out even', async () => {
  await append(2);
  await append(2, 'other');
  const { delivery, letters } = await start((positions) => ({
    kind: 'rejected',
    refusals: positions
      .filter((position) => position % 2 === 1)
      .map((position) => ({ position, reason: 'odd' })),
  }));
  await until(() => delivery.status.pending === 0);
  const { delivered: done, deadLettered, expired, pending } = delivery.status;
  expect([done, deadLettered, expired, pending]).toEqual([2, 2, 0, 0]);
  expect(done + deadLettered + expired + pending).toBe(journal.end);
  const [letter] = await letters.list('other', 10);
  expect(letter).toMatchObject({ position: 3, reason: 'odd', row: '3\t2\trow 1 of other' });
});

test('one tenant gets its own events only, and the others do not count as expired', async () => {
  await append(2, 'other');
  await append(2);
  const { delivery, seen } = await start(() => delivered, { scope: { tenant: 'default' } });
  await until(() => delivery.status.position === 4);
  expect(seen.positions).toEqual([2, 3]);
  expect(delivery.status).toMatchObject({ delivered: 2, expired: 0 });
});

test('goes on behind a gap at the end of the journal, from which nothing comes', async () => {
  await append(3);
  await journal.close();
  journal = await openJournal({ folder, clock, log, disk: { headroom: 0 }, takenTo: 10 });
  said.length = 0;
  const first = await start(() => delivered);
  await until(() => first.delivery.status.pending === 0);
  expect(first.seen.positions).toEqual([0, 1, 2]);
  expect(first.delivery.status).toMatchObject({ position: 10, delivered: 3, lost: 7 });
  expect(said).toEqual(['Events were gone from the journal before they were delivered.']);
  await append(2);
  await until(() => first.delivery.status.position === 12);
  expect(first.delivery.status).toMatchObject({ pending: 0, delivered: 5, lost: 7 });
  await first.delivery.stop();
  const second = await start(() => delivered);
  await until(() => second.delivery.status.delivered === 5);
  expect(second.delivery.status).toMatchObject({ position: 12, pending: 0, lost: 7 });
});

test('what was begun before a crash comes again as it was, and stays in doubt to its end', async () => {
  await append(30);
  await append(30);
  // It never answers, so it is left where it is, as a crash would.
  await start(() => new Promise<Delivery>(() => {}), { begins: true, wait: 100 });
  closing.pop();
  while ((await openCursor(folder, 'test', nodeFiles)).note === undefined) await sleep(5);
  await append(30);
  const bites: number[] = [];
  const again = await start(
    (positions) => {
      bites.push(positions.length);
      return delivered;
    },
    { begins: true, events: 20, wait: 100 },
  );
  await until(() => again.delivery.status.pending === 0);
  expect(bites).toEqual([30, 30, 30]);
  expect(again.seen.begun).toEqual([{ first: 0, end: 60 }, { first: 0, end: 60 }, undefined]);
});

test('a consumer that throws is asked again', async () => {
  await append(1);
  const { delivery } = await start((_, call) => {
    if (call === 0) throw new Error('a bug');
    return delivered;
  });
  await until(() => delivery.status.pending === 0);
  expect(said).toEqual(['A consumer threw.']);
});

test('stops while it waits for the next try', async () => {
  await append(1);
  const { delivery } = await start(() => ({ kind: 'retry', reason: 'never', afterMs: 3_600_000 }));
  await until(() => delivery.status.reason === 'never');
  await delivery.stop();
  expect(delivery.status).toMatchObject({ state: 'stopped', position: 0, pending: 1 });
});
