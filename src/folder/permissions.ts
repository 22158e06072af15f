/**
 * The data folder is its owner's alone: folders 0700, files 0600. The mode of a folder says that all below it was
 * tightened: it is changed last, so that a start walks only what an older version, a copy or a crash left open.
 */
import { chmod, lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const folderMode = 0o700;
const fileMode = 0o600;

const unlessGone = (error: NodeJS.ErrnoException): undefined => {
  if (error.code !== 'ENOENT') throw error;
};

/**
 * Tightens `path` and what lies below it, without following links; resolves with how much was changed. Files may come
 * and go meanwhile. Ends early when aborted: the next start goes on.
 */
export async function tighten(path: string, signal: AbortSignal): Promise<number> {
  if (signal.aborted) return 0;
  const found = await lstat(path).catch(unlessGone);
  if (found === undefined || found.isSymbolicLink()) return 0;
  const wanted = found.isDirectory() ? folderMode : fileMode;
  if ((found.mode & 0o777) === wanted) return 0;
  let changed = 1;
  if (found.isDirectory()) changed += await tightenContent(path, signal);
  if (signal.aborted) return changed;
  await chmod(path, wanted).catch(unlessGone);
  return changed;
}

async function tightenContent(folder: string, signal: AbortSignal): Promise<number> {
  let changed = 0;
  for (const name of (await readdir(folder).catch(unlessGone)) ?? [])
    changed += await tighten(join(folder, name), signal);
  return changed;
}

/**
 * Restricts the data folder itself to its owner, and then its content, each entry once. Of a folder that belongs to
 * another user only the content is restricted.
 */
export async function tightenDataFolder(data: string, signal: AbortSignal): Promise<number> {
  const { mode, uid } = await lstat(data);
  const isOurs = uid === (process.getuid?.() ?? uid);
  // Nobody gets past it from here on, however long the rest takes.
  if (isOurs && (mode & 0o777) !== folderMode) await chmod(data, folderMode);
  return tightenContent(data, signal);
}
