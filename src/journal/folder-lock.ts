/**
 * One server a data folder: a lock that the operating system takes back when its process ends, however it ends. SQLite
 * holds it, as it knows how to lock a file on every system.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fail, ok, type Problem, type Result } from '../core/result.ts';

export interface FolderLock {
  release(): void;
}

/** Takes the lock of `data`, making the folder when it is missing; refused when another process holds it. */
export function lockFolder(data: string): Result<FolderLock, Problem> {
  mkdirSync(data, { recursive: true });
  const database = new DatabaseSync(join(data, 'lock'));
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch {
    database.close();
    const reason = `Another Gatescope uses the data folder ${data}: stop it, or set GATESCOPE_DATA to another folder.`;
    return fail({ path: 'data', reason });
  }
  return ok({ release: () => database.close() });
}
