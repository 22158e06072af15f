import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { isDamaged, isFull, opening, pathOf, sentenceOf } from './problems.ts';

const ofSystem = (code: string) => Object.assign(new Error(code), { code });
const ofSqlite = (errcode: number) => Object.assign(new Error('x'), { code: 'ERR_SQLITE_ERROR', errcode });

test.each([
  [ofSystem('EACCES'), 'chown'],
  [ofSystem('EPERM'), 'chown'],
  [ofSystem('EROFS'), 'mount it for writing'],
  [ofSystem('ENOSPC'), 'free at least 4 MB'],
  [ofSystem('EDQUOT'), 'free at least 4 MB'],
  [ofSystem('EIO'), 'look at the disk'],
  [ofSqlite(13), 'free at least 4 MB'],
  [ofSqlite(4874), 'free at least 4 MB'],
  [ofSqlite(14), 'chown'],
  [ofSqlite(1032), 'mount it for writing'],
  [ofSqlite(778), 'look at the disk'],
  [ofSqlite(26), 'restore it from a backup'],
  [ofSqlite(267), 'restore it from a backup'],
  [ofSqlite(5), 'wait until it has finished'],
])('%j is a sentence with the path and what to do', (error, remedy) => {
  const said = sentenceOf(error, '/data/file');
  expect(said).toContain('/data/file');
  expect(said).toContain(remedy);
});

test('an error that says nothing of a file is left to others', () => {
  expect(sentenceOf(new TypeError('x is undefined'), '/data')).toBeUndefined();
  expect(sentenceOf(ofSystem('EADDRINUSE'), '/data')).toBeUndefined();
});

test('the path is that of the error, where the system names one', async () => {
  const error: unknown = await open('/nowhere/at/all', 'r').catch((reason: unknown) => reason);
  expect(pathOf(error)).toBe('/nowhere/at/all');
});

test('an error of SQLite gets the path of the file it was opened for', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gatescope-problems-'));
  const path = join(folder, 'some.db');
  await writeFile(path, 'not a database '.repeat(500));
  const read = () => opening(path, () => new DatabaseSync(path).prepare('select * from sqlite_master').all());
  expect(read).toThrow(`${path} is damaged`);
  try {
    read();
  } catch (error) {
    expect([isDamaged((error as Error).cause), isFull((error as Error).cause)]).toEqual([true, false]);
  }
  await rm(folder, { recursive: true });
});
