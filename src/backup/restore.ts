/**
 * From a backup to a data folder that a server starts on, and the check of a backup without that.
 *
 * Everything is put together in a folder apart within the new data folder and moved to its place when all of it was
 * read and found to be right. While that folder is there no server starts, so that half a restore is never served.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { inLanes } from '../core/in-lanes.ts';
import { fail, ok, type Problem, type Result } from '../core/result.ts';
import { lockFolder } from '../journal/folder-lock.ts';
import { folderVersion } from '../journal/version.ts';
import { storeVersion } from '../store/schema.ts';
import { type BackupFile, locate, type Manifest, type ReadBackup, readBackup } from './manifest.ts';
import { syncPath, transfer } from './transfer.ts';

export interface Watch {
  readonly signal: AbortSignal;
  /** Called once, when it is known what there is to do, and for each file that is done. */
  readonly begun: (manifest: Manifest) => void;
  readonly read: (file: BackupFile) => void;
}

const partName = '.restoring';
const lockName = 'lock';
/** What a lock leaves behind, and every ext4 file system that is mounted by itself. */
const leftByOthers = [lockName, 'lock-holder', 'lost+found'];
/** Files at once. */
const lanes = 4;

const refuse = (path: string, reason: string): Result<never, Problem> => fail({ path, reason });

interface Located {
  readonly backup: ReadBackup;
  readonly placeOf: (file: BackupFile) => string;
}

async function openBackup(folder: string): Promise<Result<Located, Problem>> {
  const backup = await readBackup(folder);
  if (!backup.ok) return backup;
  const placeOf = await locate(backup.value);
  return placeOf.ok ? ok({ backup: backup.value, placeOf: placeOf.value }) : placeOf;
}

/** Why a file is not what the backup says; undefined when it is. `to` gets a copy of it. */
async function readFile(
  { placeOf }: Located,
  file: BackupFile,
  signal: AbortSignal,
  to?: string,
): Promise<string | undefined> {
  const place = placeOf(file);
  try {
    const found = await transfer(place, { signal, ...(to === undefined ? {} : { to }) });
    if (found.sha256 === file.sha256) return undefined;
    return found.size === file.size
      ? `${place} is damaged`
      : `${place} has ${found.size} bytes instead of ${file.size}`;
  } catch (error) {
    if (signal.aborted) throw error;
    const { code, path, message } = error as NodeJS.ErrnoException;
    if (path !== undefined && path !== place) throw error;
    if (code === 'ENOENT') return `${place} is missing`;
    if (code === 'EIO' || code === 'EACCES' || code === 'EISDIR')
      return `${place} cannot be read: ${message}`;
    throw error;
  }
}

const advice = 'use another backup, or copy this one here again from where it is whole';

/** Reads every file of a backup and compares it. The problem names what is damaged, at most ten files. */
export async function verifyBackup(folder: string, watch: Watch): Promise<Result<Manifest, Problem>> {
  const opened = await openBackup(folder);
  if (!opened.ok) return opened;
  const { manifest, files } = opened.value.backup;
  watch.begun(manifest);
  const wrong: string[] = [];
  await inLanes(files, lanes, async (file) => {
    const reason = await readFile(opened.value, file, watch.signal);
    if (reason !== undefined) wrong.push(reason);
    watch.read(file);
  });
  if (wrong.length === 0) return ok(manifest);
  const more = wrong.length > 10 ? [`and ${wrong.length - 10} more`] : [];
  const list = [...wrong.sort().slice(0, 10), ...more].join('\n  ');
  return refuse(folder, `is damaged: ${advice}\n  ${list}`);
}

/** Why a folder cannot take a restore; undefined when it can. Changes nothing in it. */
async function whyNotInto(data: string): Promise<string | undefined> {
  let names: string[] = [];
  try {
    names = await readdir(data);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? undefined : `cannot be read: ${message}`;
  }
  if (names.includes(lockName)) {
    const lock = lockFolder(data);
    if (!lock.ok) return 'is in use by a running Gatescope: stop it, and restore into an empty folder';
    lock.value.release();
  }
  if (names.includes(partName)) return unfinished;
  return names.every((name) => leftByOthers.includes(name))
    ? undefined
    : 'is not empty: restore into a new folder, or move away what is in it';
}

const unfinished = 'holds a restore that was not finished: empty the folder, and restore again';

function refuseNewer({ folder, manifest }: ReadBackup): Result<undefined, Problem> {
  const newer =
    manifest.journal > folderVersion
      ? `its journal has version ${manifest.journal}, and this program knows ${folderVersion}`
      : (manifest.store ?? 0) > storeVersion
        ? `its store has version ${manifest.store}, and this program knows ${storeVersion}`
        : undefined;
  return newer === undefined
    ? ok(undefined)
    : refuse(
        folder,
        `is of a newer Gatescope (${manifest.version}; ${newer}): use that version or a newer one`,
      );
}

/**
 * Makes `data`, which must be empty or missing, what the data folder was when the backup was made. `finish` is called
 * with where it lies until then, when all of it is there. What stops it leaves the folder as it was.
 */
export async function restoreBackup(
  folder: string,
  data: string,
  watch: Watch,
  finish: (folder: string, manifest: Manifest) => Promise<void>,
): Promise<Result<Manifest, Problem>> {
  const why = await whyNotInto(data);
  if (why !== undefined) return refuse(data, why);
  const opened = await openBackup(folder);
  if (!opened.ok) return opened;
  const { backup } = opened.value;
  const known = refuseNewer(backup);
  if (!known.ok) return known;

  await mkdir(data, { recursive: true, mode: 0o700 });
  const lock = lockFolder(data);
  if (!lock.ok) return refuse(data, lock.error.reason);
  const part = join(data, partName);
  let moving = false;
  try {
    await mkdir(part, { mode: 0o700 });
    await syncPath(data);
    watch.begun(backup.manifest);
    const wrong = await copyAll(opened.value, part, watch);
    if (wrong !== undefined) {
      await rm(part, { recursive: true });
      return refuse(folder, `is damaged, and nothing was restored: ${advice}\n  ${wrong}`);
    }
    await finish(part, backup.manifest);
    moving = true;
    for (const name of await readdir(part)) await rename(join(part, name), join(data, name));
    await syncPath(data);
    await rm(part, { recursive: true });
    await syncPath(data);
    return ok(backup.manifest);
  } catch (error) {
    if (moving) return refuse(data, `${unfinished} (${(error as Error).message})`);
    await rm(part, { recursive: true, force: true });
    if (watch.signal.aborted) return refuse(data, 'the restore was stopped, and nothing was restored');
    return refuse(data, `cannot be written: ${(error as Error).message}`);
  } finally {
    lock.value.release();
  }
}

/** Resolves with what is wrong with the backup; undefined when all of it is in `part`, durable. */
async function copyAll(located: Located, part: string, watch: Watch): Promise<string | undefined> {
  const { manifest, files } = located.backup;
  for (const path of manifest.folders) await mkdir(join(part, path), { recursive: true, mode: 0o700 });
  let wrong: string | undefined;
  await inLanes(files, lanes, async (file) => {
    watch.signal.throwIfAborted();
    if (wrong !== undefined) return;
    const to = join(part, file.path);
    wrong = (await readFile(located, file, watch.signal, to)) ?? wrong;
    watch.read(file);
  });
  if (wrong !== undefined) return wrong;
  await inLanes(files, lanes, async ({ path }) => syncPath(join(part, path)));
  for (const { path, target } of manifest.links) {
    await mkdir(dirname(join(part, path)), { recursive: true, mode: 0o700 });
    await symlink(target, join(part, path));
  }
  for (const path of manifest.folders) await syncPath(join(part, path));
  await syncPath(part);
  return undefined;
}

/** To be called before a server starts: refuses a folder that a restore was not finished in. */
export function refuseHalfRestored(data: string): void {
  if (existsSync(join(data, partName))) throw new Error(`The data folder ${data} ${unfinished}.`);
}
