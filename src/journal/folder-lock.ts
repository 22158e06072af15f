/**
 * One server a data folder: a lock that the operating system takes back when its process ends, however it ends. SQLite
 * holds it, as it knows how to lock a file on every system. It writes nothing, so that a full disk can be locked too.
 */
import { chmodSync, closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../core/ports.ts';
import { fail, ok, type Problem, type Result } from '../core/result.ts';
import { pathOf, sentenceOf } from '../folder/problems.ts';

export interface FolderLock {
  release(): void;
}

/** SQLITE_BUSY: somebody else has it (SQLite documentation, "Result and Error Codes"). */
const busy = 5;
const isBusy = (error: unknown): boolean => ((error as { errcode?: number }).errcode ?? 0) % 256 === busy;

/** Who holds it, beside it: the file of the lock itself must not be opened again by the process that holds it. */
const holderFile = (data: string): string => join(data, 'lock-holder');

function holder(data: string): string {
  try {
    const { pid, since } = JSON.parse(readFileSync(holderFile(data), 'utf8')) as Record<string, unknown>;
    return ` (process ${Number(pid)}, since ${String(since)})`;
  } catch {
    return '';
  }
}

/** The file, readable by its owner alone: who may open it could hold the lock for ever. */
function makeLockFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    chmodSync(path, 0o600);
  }
}

/**
 * Takes the lock of `data`, making the folder when it is missing; refused when another process holds it, or with the
 * reason why it cannot be opened.
 */
export function lockFolder(data: string, clock: Clock = () => Date.now() * 1e3): Result<FolderLock, Problem> {
  const path = join(data, 'lock');
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(data, { recursive: true, mode: 0o700 });
    makeLockFile(path);
    database = new DatabaseSync(path);
    database.exec('PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    const reason = isBusy(error)
      ? `Another Gatescope${holder(data)} uses the data folder ${data}: stop it, or set GATESCOPE_DATA to another folder.`
      : sentenceOf(error, pathOf(error) ?? path);
    if (reason === undefined) throw error;
    return fail({ path: 'data', reason });
  }
  try {
    const who = { pid: process.pid, since: new Date(clock() / 1e3).toISOString() };
    writeFileSync(holderFile(data), `${JSON.stringify(who)}\n`, { mode: 0o600 });
  } catch {
    // A help for people; the lock is held without it, also on a full disk.
  }
  const held = database;
  return ok({ release: () => held.close() });
}
