import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type DeadLetter, openDeadLetters } from './dead-letters.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'letters-'));
});
afterEach(() => rm(folder, { recursive: true }));

const letter = (position: number, tenant = 'default'): DeadLetter => ({
  position,
  tenant,
  reason: 'no',
  at: 1,
  row: `${position}\trow with "quotes"`,
});

test('letters are found again, each position once, by tenant', async () => {
  const letters = await openDeadLetters(folder, 'a/b');
  await letters.keep([letter(1), letter(2, 'other')]);
  await letters.keep([letter(1), letter(3)]);
  expect(letters.count).toBe(3);
  await letters.close();
  const again = await openDeadLetters(folder, 'a/b');
  expect(again.count).toBe(3);
  expect(await again.list('default', 10)).toEqual([letter(1), letter(3)]);
  expect(await again.list('default', 1)).toEqual([letter(1)]);
  expect(await again.list('other', 10)).toEqual([letter(2, 'other')]);
  await again.close();
});

test.each(['{"position":9,"ten', `{"position":9,"row":"${'x'.repeat(200_000)}`])(
  'a line that a crash tore is cut off, and the next one is whole',
  async (torn) => {
    const letters = await openDeadLetters(folder, 'store');
    await letters.keep([letter(1)]);
    await letters.close();
    await appendFile(join(folder, 'dead-letters', 'store.ndjson'), torn);
    const again = await openDeadLetters(folder, 'store');
    expect(again.count).toBe(1);
    await again.keep([letter(2)]);
    expect(await again.list('default', 10)).toEqual([letter(1), letter(2)]);
    await again.close();
  },
);
