/**
 * The file operations that the journal rests on, as an argument: the tests pass a disk that forgets what was not
 * fsynced. Every fsync has a name, so that a test can leave out exactly that one and show what is lost.
 */
import type { FileHandle } from 'node:fs/promises';
import { mkdir, open, readdir, rename, statfs, unlink } from 'node:fs/promises';

/** Every fsync there is, by what it makes durable. */
export const fsyncSites = [
  'new folder',
  'version',
  'batches',
  'new segment',
  'recovered segment',
  'recovered folder',
  'cut',
  'checkpoint',
  'checkpoint folder',
  'cursor',
  'cursor folder',
] as const;
export type FsyncSite = (typeof fsyncSites)[number];

/** An open file. Operations on one file may be called concurrently only for reading. */
export interface JournalFile {
  /** Writes `bytes` from byte `at` on and returns how many were written: at least one, perhaps not all. */
  write(bytes: Uint8Array, at: number): Promise<number>;
  /** Reads into `into` from byte `at` on and returns how many were read: fewer than asked only at the end. */
  read(into: Uint8Array, at: number): Promise<number>;
  truncate(size: number): Promise<void>;
  size(): Promise<number>;
  /** Resolves when content and size would survive a loss of power. After a rejection nothing is known about either. */
  sync(site: FsyncSite): Promise<void>;
  close(): Promise<void>;
}

/** Rejections carry the `code` of the operating system: ENOENT, ENOSPC, EIO … */
export interface JournalFiles {
  /** `create` empties a file that is there; the others reject with ENOENT when there is none. */
  open(path: string, mode: 'create' | 'read' | 'write'): Promise<JournalFile>;
  /** Names in the folder, in no order; none when there is no folder. */
  list(folder: string): Promise<readonly string[]>;
  /** Replaces `to` at once: a reader sees the old file or the new one. */
  rename(from: string, to: string): Promise<void>;
  /** A file that is not there is no error. */
  unlink(path: string): Promise<void>;
  /** Not recursive; a folder that is there is no error. */
  makeFolder(path: string): Promise<void>;
  /** Resolves when the names in the folder (created, renamed, removed) would survive a loss of power. */
  syncFolder(path: string, site: FsyncSite): Promise<void>;
  /** Bytes that this process may still use on the disk of `folder`, and its size. */
  space(folder: string): Promise<{ readonly free: number; readonly total: number }>;
}

/** The code of an operating system error, or undefined for anything else. */
export const errorCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

const unless =
  (code: string) =>
  (error: unknown): undefined => {
    if (errorCode(error) !== code) throw error;
  };

const flags = { create: 'w+', read: 'r', write: 'r+' } as const;

const nodeFile = (handle: FileHandle): JournalFile => ({
  write: async (bytes, at) => (await handle.write(bytes, 0, bytes.byteLength, at)).bytesWritten,
  read: async (into, at) => {
    let done = 0;
    while (done < into.byteLength) {
      const { bytesRead } = await handle.read(into, done, into.byteLength - done, at + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return done;
  },
  truncate: (size) => handle.truncate(size),
  size: async () => (await handle.stat()).size,
  sync: () => handle.datasync(),
  close: () => handle.close(),
});

/** The real disk. */
export const nodeFiles: JournalFiles = {
  open: async (path, mode) => nodeFile(await open(path, flags[mode], 0o600)),
  list: async (folder) => (await readdir(folder).catch(unless('ENOENT'))) ?? [],
  rename,
  unlink: async (path) => {
    await unlink(path).catch(unless('ENOENT'));
  },
  makeFolder: async (path) => {
    await mkdir(path, { mode: 0o700 }).catch(unless('EEXIST'));
  },
  syncFolder: async (path) => {
    const handle = await open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
  space: async (folder) => {
    const disk = await statfs(folder);
    // Without the blocks that only root may use, or that a quota withholds: they are not ours to fill.
    const usable = disk.blocks - disk.bfree + disk.bavail;
    return { free: disk.bavail * disk.bsize, total: usable * disk.bsize };
  },
};
