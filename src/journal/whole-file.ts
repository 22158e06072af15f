/** Small files as a whole: read, replaced at once, and the folders they lie in. */
import { dirname } from 'node:path';
import type { FsyncSite, JournalFile, JournalFiles } from './files.ts';
import { errorCode } from './files.ts';

/** Writes all of `bytes` from `at` on, however short the single writes are. */
export async function writeAll(file: JournalFile, bytes: Uint8Array, at: number): Promise<void> {
  let done = 0;
  while (done < bytes.byteLength) done += await file.write(bytes.subarray(done), at + done);
}

/** The content of a file, or undefined when there is none. */
export async function readWhole(files: JournalFiles, path: string): Promise<Buffer | undefined> {
  let file: JournalFile;
  try {
    file = await files.open(path, 'read');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const bytes = Buffer.allocUnsafe(await file.size());
    return bytes.subarray(0, await file.read(bytes, 0));
  } finally {
    await file.close();
  }
}

/**
 * Replaces the file at `path` at once: after a crash it has the old content or the new one. Resolves when the new
 * content is durable; without `sites.folder` its name need not be, for a caller who syncs the folder later anyway.
 * Without `sites` nothing is promised: for what can be made again.
 */
export async function replaceFile(
  files: JournalFiles,
  path: string,
  bytes: Uint8Array,
  sites: { readonly file?: FsyncSite; readonly folder?: FsyncSite },
): Promise<void> {
  const temporary = `${path}.new`;
  const file = await files.open(temporary, 'create');
  try {
    await writeAll(file, bytes, 0);
    if (sites.file !== undefined) await file.sync(sites.file);
  } catch (error) {
    // A full disk has better uses for what was written; a disk that fails otherwise may refuse this too.
    await files.unlink(temporary).catch(() => undefined);
    throw error;
  } finally {
    await file.close();
  }
  await files.rename(temporary, path);
  if (sites.folder !== undefined) await files.syncFolder(dirname(path), sites.folder);
}

/** Makes `path` and the folders above it that are missing; resolves when all of them are durable. */
export async function makeFolders(files: JournalFiles, path: string): Promise<void> {
  const above = dirname(path);
  if (above === path) return;
  // Also those that are there: a process that was killed may have made them and not come as far as the fsync.
  await makeFolders(files, above);
  await files.makeFolder(path);
  try {
    await files.syncFolder(above, 'new folder');
  } catch (error) {
    // Who may not read a folder far above did not make anything in it.
    if (errorCode(error) !== 'EACCES') throw error;
  }
}
