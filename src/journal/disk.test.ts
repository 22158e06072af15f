import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Disk } from './disk.ts';
import { type JournalFiles, nodeFiles } from './files.ts';

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const megabyte = 1 << 20;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatescope-disk-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** The real disk, said to be of that size and empty. */
const sized = (total: number, more: Partial<JournalFiles> = {}): JournalFiles => ({
  ...nodeFiles,
  space: async () => ({ free: total, total }),
  ...more,
});
const reserve = () => stat(join(folder, 'headroom')).then(({ size }) => size);

test.each([
  [100_000 * megabyte, 16 * megabyte],
  [100 * megabyte, megabyte],
])('on a disk of %d bytes %d are reserved', async (total, wanted) => {
  await new Disk(folder, sized(total), silent, {}).check();
  expect(await reserve()).toBe(wanted);
});

test('a reserve that the disk has no room for takes none', async () => {
  let left = 100_000;
  const files = sized(100 * megabyte, {
    open: async (path, mode) => {
      const file = await nodeFiles.open(path, mode);
      return {
        ...file,
        write: async (bytes, at) => {
          if (left === 0) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
          const written = await file.write(bytes.subarray(0, left), at);
          left -= written;
          return written;
        },
      };
    },
  });
  const disk = new Disk(folder, files, silent, {});
  await disk.check();
  expect(await readdir(folder)).toEqual([]);
  expect(await disk.giveUpReserve()).toBe(false);
});
