import { chmod, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { tightenDataFolder } from './permissions.ts';

let root: string;
let data: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'gatescope-permissions-'));
  data = join(root, 'data');
  await mkdir(join(data, 'store', 'part'), { recursive: true });
  await writeFile(join(root, 'outside'), '');
  await writeFile(join(data, 'control.db'), '');
  await writeFile(join(data, 'store', 'part', 'data.bin'), '');
  await symlink('../../outside', join(data, 'store', 'link'));
  for (const [path, mode] of [
    ['', 0o755],
    ['store', 0o755],
    ['store/part', 0o755],
    ['control.db', 0o644],
    ['store/part/data.bin', 0o644],
  ] as const)
    await chmod(join(data, path), mode);
  await chmod(join(root, 'outside'), 0o644);
});
afterEach(() => rm(root, { recursive: true }));

const mode = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;
const going = new AbortController().signal;

test('folders become 0700 and files 0600, and links are not followed', async () => {
  expect(await tightenDataFolder(data, going)).toBe(4);
  for (const folder of ['', 'store', 'store/part']) expect(await mode(join(data, folder))).toBe(0o700);
  for (const file of ['control.db', 'store/part/data.bin']) expect(await mode(join(data, file))).toBe(0o600);
  expect(await mode(join(root, 'outside'))).toBe(0o644);
});

test('a second time nothing below a folder that was tightened is looked at', async () => {
  await tightenDataFolder(data, going);
  await chmod(join(data, 'store', 'part', 'data.bin'), 0o640);
  expect(await tightenDataFolder(data, going)).toBe(0);
});

test('one that was broken off is gone on with', async () => {
  const broken = new AbortController();
  broken.abort();
  await tightenDataFolder(data, broken.signal);
  // Shut at once all the same.
  expect(await mode(data)).toBe(0o700);
  expect(await mode(join(data, 'store'))).toBe(0o755);
  expect(await tightenDataFolder(data, going)).toBe(4);
});
