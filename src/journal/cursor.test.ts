import { expect, test } from 'vitest';
import { openCursor } from './cursor.ts';
import { ForgettingDisk, randomFrom } from './forgetting-disk.ts';

const diskOf = (seed: number) => new ForgettingDisk(randomFrom(seed));

test('a new consumer begins at 0 and can tell that it is new', async () => {
  const disk = diskOf(1);
  const cursor = await openCursor('/data', 'store', disk);
  expect([cursor.position, cursor.note, cursor.found]).toEqual([0, undefined, false]);
  await cursor.save(7);
  expect((await openCursor('/data', 'store', disk)).found).toBe(true);
});

test('a saved position and its note survive every loss of power, each cursor by its name', async () => {
  for (let seed = 0; seed < 50; seed++) {
    const disk = diskOf(seed);
    const store = await openCursor('/data', 'store', disk);
    const exporter = await openCursor('/data', 'exporter/a b', disk);
    await store.save(5, { ranges: [[5, 9]] });
    await exporter.save(3);
    const crashed = disk.crash();
    const again = await openCursor('/data', 'store', crashed);
    expect([again.position, again.note]).toEqual([5, { ranges: [[5, 9]] }]);
    expect((await openCursor('/data', 'exporter/a b', crashed)).position).toBe(3);
  }
});

test('saves at the same time take place in their order', async () => {
  const disk = diskOf(1);
  const cursor = await openCursor('/data', 'store', disk);
  await Promise.all([cursor.save(1, 'a'), cursor.save(2), cursor.save(3, 'c')]);
  expect([cursor.position, cursor.note]).toEqual([3, 'c']);
  expect((await openCursor('/data', 'store', disk)).position).toBe(3);
});

test('a save that fails leaves the position, and the next one works', async () => {
  let broken = false;
  const disk = new ForgettingDisk(randomFrom(1), {
    fault: (operation) => (broken && operation === 'sync' ? 'EIO' : undefined),
  });
  const cursor = await openCursor('/data', 'store', disk);
  await cursor.save(1);
  broken = true;
  await expect(cursor.save(2)).rejects.toMatchObject({ code: 'EIO' });
  expect(cursor.position).toBe(1);
  broken = false;
  await cursor.save(3);
  expect((await openCursor('/data', 'store', disk)).position).toBe(3);
});

test('a damaged cursor is set aside and begins at 0, and says so', async () => {
  const disk = diskOf(1);
  await (await openCursor('/data', 'store', disk)).save(9);
  disk.overwrite('/data/cursors/store.json', Buffer.from('{"posi'));
  const cursor = await openCursor('/data', 'store', disk);
  expect([cursor.position, cursor.damaged]).toEqual([0, true]);
  expect(disk.paths).toContain('/data/cursors/store.json.damaged');
});
