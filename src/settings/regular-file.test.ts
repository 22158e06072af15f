import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadSettings } from './load.ts';
import { openRegular, readRegular, readRegularText } from './regular-file.ts';

let folder: string;
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatescope-regular-'));
  execFileSync('mkfifo', [at('pipe')]);
  await mkdir(at('folder'));
  await symlink('/dev/zero', at('device'));
  await symlink(at('pipe'), at('link'));
  await writeFile(at('file'), 'text');
});
afterAll(() => rm(folder, { recursive: true }));

it.each(['pipe', 'folder', 'device', 'link'])('a %s is not read, and nothing waits for it', async (name) => {
  const refusal = /^is a (named pipe|folder|device), not a file$/;
  await expect(openRegular(at(name))).rejects.toThrow(refusal);
  await expect(readRegular(at(name))).rejects.toThrow(refusal);
  expect(() => readRegularText(at(name))).toThrow(refusal);
});

it('a file is read', async () => {
  expect((await readRegular(at('file'))).toString()).toBe('text');
  expect(readRegularText(at('file'))).toBe('text');
});

it('a file that becomes a pipe between two looks is not waited for', async () => {
  const names = ['file', 'pipe'];
  const swap = async (): Promise<void> => {
    for (const [from, to] of [
      ['file', 'x'],
      ['pipe', 'file'],
      ['x', 'pipe'],
    ])
      await rename(at(from as string), at(to as string));
  };
  const outcomes = new Set<string>();
  for (let round = 0; round < 200; round += 1) {
    const swapping = swap();
    const reads = names.map((name) =>
      readRegular(at(name)).then(
        () => 'read',
        () => 'refused',
      ),
    );
    for (const outcome of await Promise.all(reads)) outcomes.add(outcome);
    await swapping;
  }
  // Which of them are read is chance; that each has an outcome is the point.
  expect(outcomes).toContain('refused');
  expect((await readRegular(at('file'))).toString()).toBe('text');
});

it('settings name what lies where a file should', async () => {
  const load = (variables: Record<string, string>, file?: string) => {
    const loaded = loadSettings({
      environment: { variables, folder },
      ...(file === undefined ? {} : { file }),
    });
    return loaded.ok ? [] : loaded.error.map(({ reason }) => reason);
  };
  expect(load({}, at('pipe')).join()).toContain('is a named pipe, not a file');
  expect(load({ GATESCOPE_ADMIN_TOKEN_FILE: at('pipe') }).join()).toContain('is a named pipe, not a file');
});
