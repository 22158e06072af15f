/**
 * What a file of the data folder fails with, as one sentence that names the path, the reason and the remedy. For errors
 * of the operating system, which carry the path, and of SQLite, which do not: those are thrown as {@link FolderProblem}
 * by whoever opens the file.
 */
import { dirname } from 'node:path';
import { sizeText, startRoom } from './space.ts';

/** A start that cannot go on for the state of the data folder. The message is for the operator. */
export class FolderProblem extends Error {}

const user = (): string => `user ${process.getuid?.() ?? 'of this process'}`;
const remedies = {
  denied: (path: string) =>
    `${path} is not accessible for ${user()}: give the data folder to that user (chown -R), or start Gatescope as its owner.`,
  readOnly: (path: string) =>
    `${path} cannot be written, as its disk is mounted read-only: mount it for writing, or set GATESCOPE_DATA to another folder.`,
  full: (path: string) =>
    `${path} cannot be written, as its disk is full: free at least ${sizeText(startRoom)} there, then start again.`,
  damaged: (path: string) => `${path} is damaged (it is not a database): restore it from a backup.`,
  locked: (path: string) =>
    `${path} is in use by another process for too long: wait until it has finished, or stop it.`,
  failing: (path: string) =>
    `${path} cannot be read or written: look at the disk and at the log of the system.`,
};

const ofSystem: Readonly<Record<string, keyof typeof remedies>> = {
  EACCES: 'denied',
  EPERM: 'denied',
  EROFS: 'readOnly',
  ENOSPC: 'full',
  EDQUOT: 'full',
  EIO: 'failing',
};

// Primary result codes. Source: SQLite documentation, "Result and Error Codes".
const ofSqlite: Readonly<Record<number, keyof typeof remedies>> = {
  3: 'denied',
  5: 'locked',
  8: 'readOnly',
  10: 'failing',
  11: 'damaged',
  13: 'full',
  14: 'denied',
  26: 'damaged',
};
/** SQLITE_IOERR_SHMSIZE: there is no room for the file that processes share. */
const noRoomToShare = 4874;

const codeOf = (error: unknown): string | undefined => (error as { code?: string } | undefined)?.code;
const sqliteCodeOf = (error: unknown): number | undefined =>
  codeOf(error) === 'ERR_SQLITE_ERROR' ? (error as { errcode?: number }).errcode : undefined;

/** Whether a disk, or what this user may use of it, is full. */
export function isFull(error: unknown): boolean {
  const errcode = sqliteCodeOf(error);
  if (errcode !== undefined) return errcode === noRoomToShare || (errcode & 0xff) === 13;
  return ['ENOSPC', 'EDQUOT'].includes(codeOf(error) ?? '');
}

/** Whether SQLite cannot make sense of the file. */
export const isDamaged = (error: unknown): boolean => {
  const errcode = sqliteCodeOf(error);
  return errcode !== undefined && ofSqlite[errcode & 0xff] === 'damaged';
};

/** The sentence for an error of the file at `path`; undefined for errors of another kind. */
export function sentenceOf(error: unknown, path: string): string | undefined {
  if (error instanceof FolderProblem) return error.message;
  const errcode = sqliteCodeOf(error);
  const kind = isFull(error)
    ? 'full'
    : errcode === undefined
      ? ofSystem[codeOf(error) ?? '']
      : ofSqlite[errcode & 0xff];
  return kind === undefined ? undefined : remedies[kind](path);
}

/** The path that an error of the operating system names; of a file that cannot be made, its folder when that is why. */
export function pathOf(error: unknown): string | undefined {
  const { path, syscall } = error as { path?: string; syscall?: string };
  return path !== undefined && syscall === 'mkdir' ? dirname(path) : path;
}

/** Does what opens the file at `path`. An error of SQLite becomes a {@link FolderProblem} that names it. */
export function opening<T>(path: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    const sentence = sqliteCodeOf(error) === undefined ? undefined : sentenceOf(error, path);
    throw sentence === undefined ? error : new FolderProblem(sentence, { cause: error });
  }
}
