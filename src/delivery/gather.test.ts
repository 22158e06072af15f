import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { JournalBatch } from '../core/journal.ts';
import { gather } from './gather.ts';

/** Batches of `count` events, the third of which comes after 150 ms. */
async function* threeBatches(count: number): AsyncGenerator<JournalBatch> {
  for (let number = 0; number < 3; number += 1) {
    if (number === 2) await sleep(150);
    yield { first: number * count, count, text: Buffer.alloc(0) } as unknown as JournalBatch;
  }
}
const firstsOf = (bite: readonly JournalBatch[] | undefined) => bite?.map(({ first }) => first);

it('takes what came within the wait', async () => {
  const bites = gather(threeBatches(1), { events: 80, bytes: 1e6, wait: 50, waitUnderLoad: 5_000 });
  expect(firstsOf(await bites.next())).toEqual([0, 1]);
  expect(firstsOf(await bites.next())).toEqual([2]);
  expect(await bites.next()).toBeUndefined();
});

it('waits for more when much comes within the wait', async () => {
  const bites = gather(threeBatches(10), { events: 80, bytes: 1e6, wait: 50, waitUnderLoad: 5_000 });
  expect(firstsOf(await bites.next())).toEqual([0, 10, 20]);
  expect(await bites.next()).toBeUndefined();
});

it('does not wait once the bite is full', async () => {
  const bites = gather(threeBatches(10), { events: 20, bytes: 1e6, wait: 5_000 });
  expect(firstsOf(await bites.next())).toEqual([0, 10]);
  expect(firstsOf(await bites.next())).toEqual([20]);
  expect(await bites.next()).toBeUndefined();
});
